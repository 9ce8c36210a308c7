import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from extraction.calibration import CALIBRATION_PATH
from extraction.evaluate.run import SAMPLE_FOLDER


def test_the_sample_set_is_too_small_to_fit_anything() -> None:
    before = CALIBRATION_PATH.read_bytes()
    with pytest.raises(CommandError, match="too small"):
        call_command("calibrate", data=SAMPLE_FOLDER)
    assert CALIBRATION_PATH.read_bytes() == before


def test_pictures_and_figures_are_written(tmp_path: Path) -> None:
    call_command("calibrate", data=SAMPLE_FOLDER, check=True, pictures=tmp_path / "pictures")
    for name in ("reliability.png", "cost_precision.png"):
        assert (tmp_path / "pictures" / name).read_bytes().startswith(b"\x89PNG")
    figures = json.loads((tmp_path / "pictures" / "calibration.json").read_text(encoding="utf-8"))
    assert [point["threshold"] for point in figures["curve"] if point["chosen"]] == [0.6]


def test_a_few_rows_are_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("calibrate", data=SAMPLE_FOLDER, check=True)
    assert "too few rows" in capsys.readouterr().out


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(CommandError, match="extra `pictures`"):
        call_command("calibrate", data=SAMPLE_FOLDER, check=True, pictures=tmp_path)


def test_a_folder_without_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="judges a field"):
        call_command("calibrate", data=tmp_path, check=True)


def test_evaluate_shows_wrong_values_and_gaps(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    call_command(
        "evaluate", data=SAMPLE_FOLDER, only=["location"], worst="location", halves=True, against=SAMPLE_FOLDER, json=tmp_path / "f.json"
    )
    out = capsys.readouterr().out
    assert "Wrong location, the surest first" in out
    assert "these rows minus the others" in out
    gaps = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))["location"]["gaps"]
    assert [gap["unseen"] for gap in gaps][-1] is True
    with pytest.raises(CommandError, match="judge only location"):
        call_command("evaluate", data=SAMPLE_FOLDER, only=["location"], worst="salary")
