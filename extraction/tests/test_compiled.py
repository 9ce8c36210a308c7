"""Compiled rules answer as their sources do, and nothing stale is ever taken."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.same_answers import Answers, answers_of_child
from extraction import compile_rules, compiled

PROJECT = compiled.PROJECT
# A third of all, with every construct that the others have; `make compile` compares the answers of all.
FEW = [
    PROJECT / "extraction" / "rules" / f"{name}.py"
    for name in ("money", "needed_words", "skill_context", "skill_cues", "skill_index", "skills")
]


def put(made: Path) -> None:
    """A folder of compiled rules, as far as it can be told without importing them."""
    (made / "extraction").mkdir(parents=True)
    (made / "extraction" / f"text{compiled.SUFFIX}").write_bytes(b"machine code")
    (made / compiled.MADE).write_text(json.dumps({f"extraction/text{compiled.SUFFIX}": len(b"machine code")}))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for compiled rules where a compiler seems to be, and to be quick."""

    def build(place: Path) -> None:
        (place / f"made{compiled.SUFFIX}").write_bytes(b"machine code")

    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr(compiled, "HOME", tmp_path / "home")
    monkeypatch.setattr(compile_rules, "need_compiler", lambda: None)
    monkeypatch.setattr(compile_rules, "_build", build)
    return tmp_path / "home"


def same(_home: Path) -> bool:
    return True


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sources that are compiled, in a folder of their own."""
    for path in (*compiled.sources(), *(PROJECT / name for name in compiled._TAKEN_AS_GIVEN)):
        copy = tmp_path / path.relative_to(PROJECT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    monkeypatch.setattr(compiled, "PROJECT", tmp_path)
    return tmp_path


def test_an_edited_source_has_another_folder(checkout: Path):
    before = compiled.folder()
    assert compiled.folder() == before
    for edited in ("extraction/rules/money.py", "extraction/text.py", "extraction/evidence.py"):
        with (checkout / edited).open("a") as file:
            file.write("# edited\n")
        assert compiled.folder() != before
        before = compiled.folder()


def test_a_new_source_has_another_folder(checkout: Path):
    before = compiled.folder()
    (checkout / "extraction/rules/newest.py").touch()
    assert compiled.folder() != before


def test_only_the_modules_of_the_folder_are_found_in_it(tmp_path: Path):
    put(tmp_path / "made")
    finder = compiled.CompiledModules(compiled.modules_in(tmp_path / "made"))
    found = finder.find_spec("extraction.text", None)
    assert found is not None
    assert found.origin == str(tmp_path / "made" / "extraction" / f"text{compiled.SUFFIX}")
    assert finder.find_spec("extraction.rules.salary", None) is None


def test_everything_is_compiled_but_what_reads_its_own_place():
    names = {path.relative_to(PROJECT).as_posix() for path in compiled.sources()}
    assert {"extraction/rules/skills.py", "extraction/text.py"} <= names
    assert [name for name in names if "__file__)" in (PROJECT / name).read_text() and "currency" not in name] == []


@pytest.mark.parametrize("made_of", ["these sources", "others"])
def test_only_what_was_made_of_these_sources_is_taken(made_of: str, home: Path):
    put(compiled.folder() if made_of == "these sources" else home / "0123456789abcdef")
    compiled.take_compiled()
    assert compiled.is_compiled() == (made_of == "these sources")


def empty(made: Path) -> None:
    shutil.rmtree(made)
    made.mkdir()


def lose_the_list(made: Path) -> None:
    (made / compiled.MADE).unlink()


def cut_the_list(made: Path) -> None:
    (made / compiled.MADE).write_text('{"extraction/te')


def list_nothing(made: Path) -> None:
    (made / compiled.MADE).write_text("{}")


def lose_a_module(made: Path) -> None:
    (made / "extraction" / f"text{compiled.SUFFIX}").unlink()


def cut_a_module(made: Path) -> None:
    (made / "extraction" / f"text{compiled.SUFFIX}").write_bytes(b"mach")


@pytest.mark.parametrize("damage", [empty, lose_the_list, cut_the_list, list_nothing, lose_a_module, cut_a_module])
def test_what_is_not_whole_is_not_taken_and_made_again(damage: Callable[[Path], None], home: Path):
    made = compiled.folder()
    put(made)
    damage(made)
    compiled.take_compiled()
    assert not compiled.is_compiled()
    assert compile_rules.compile_rules(same) == made
    assert list(compiled.modules_in(made)) == ["made"]
    assert list(home.iterdir()) == [made]


@pytest.mark.parametrize("stumbles", ["is_dir", "read_bytes"])
def test_a_place_that_cannot_be_read_stops_no_start(stumbles: str, home: Path, monkeypatch: pytest.MonkeyPatch):
    put(compiled.folder())

    def refuse(path: Path) -> bool:
        raise PermissionError(path)

    monkeypatch.setattr(Path, stumbles, refuse)
    compiled.take_compiled()
    assert not compiled.is_compiled()


def test_a_relative_place_stays_where_it_was(tmp_path: Path):
    said = "import os; from extraction.compiled import HOME; os.chdir('/'); print(HOME)"
    environment = os.environ | {compiled.PLACE: "rules", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run([sys.executable, "-c", said], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "rules")


@pytest.mark.slow
def test_compiled_rules_answer_as_their_sources_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    try:
        compile_rules.need_compiler()
    except compile_rules.NotCompiledError as error:
        pytest.skip(str(error))
    monkeypatch.setattr(compiled, "HOME", tmp_path)
    monkeypatch.setattr(compile_rules, "sources", lambda: FEW)
    asked = ("--postings", "200", "--data", str(tmp_path / "none"))
    ours: list[Answers] = []

    def answer(home: Path) -> bool:
        ours.append(answers_of_child(asked, home))
        return True

    made = compile_rules.compile_rules(answer)
    assert compile_rules.compile_rules(answer) == made  # at once: nothing has changed
    theirs = answers_of_child(asked, compiled.OFF)
    assert [answers.rules for answers in (*ours, theirs)] == ["compiled", "interpreted"]
    assert ours[0][1:] == theirs[1:]
    assert theirs.postings == 200
    assert answers_of_child(asked, tmp_path) == ours[0]


def test_tests_run_the_sources():
    assert not compiled.is_compiled()


def test_a_missing_compiler_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert compile_rules.main([]) == 1
    assert "there is no C compiler" in capsys.readouterr().err
    assert compile_rules.main(["--if-possible"]) == 0
    assert "interpreted" in capsys.readouterr().err


def test_nothing_is_compiled_where_nothing_is_to_be_taken(monkeypatch: pytest.MonkeyPatch):
    assert not compiled.HOME.is_dir()  # as the settings of tests say
    monkeypatch.setattr(compile_rules, "need_compiler", lambda: None)
    with pytest.raises(compile_rules.NotCompiledError, match="cannot be written"):
        compile_rules.compile_rules(same)


def test_what_was_left_long_ago_is_taken_away_and_nothing_that_may_be_in_use(home: Path):
    ages = {"aaaaaaaaaaaaaaaa": 9, "bbbbbbbbbbbbbbbb": 5, "cccccccccccccccc": 0, "building-ended": 2, "building-goes-on": 0, "other": 9}
    for name, days in ages.items():
        (home / name).mkdir(parents=True)
        changed = time.time() - days * 86_400
        os.utime(home / name, (changed, changed))
    made = compile_rules.compile_rules(same)
    left = {path.name for path in home.iterdir()}
    assert left == {"bbbbbbbbbbbbbbbb", "cccccccccccccccc", "building-goes-on", "other", made.name}
    assert (made / f"made{compiled.SUFFIX}").is_file()


def test_what_another_build_made_meanwhile_stays(home: Path):
    def other_build(_home: Path) -> bool:
        put(compiled.folder())
        return True

    made = compile_rules.compile_rules(other_build)
    assert list(compiled.modules_in(made)) == ["extraction.text"]
    assert list(home.iterdir()) == [made]


def test_nothing_can_be_taken_before_the_answers_are_compared(home: Path):
    def compare(place: Path) -> bool:
        assert compiled.modules_in(place / compiled.folder().name)
        assert not compiled.folder().exists()
        return True

    assert compiled.modules_in(compile_rules.compile_rules(compare))


@pytest.mark.parametrize("arguments", [[], ["--if-possible"]])
def test_rules_that_answer_otherwise_are_not_kept(
    arguments: list[str], home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(compile_rules, "_same_answers", lambda home: False)
    assert compile_rules.main(arguments) == 1
    assert "do not answer as their sources do" in capsys.readouterr().err
    assert list(home.iterdir()) == []


def test_rules_that_break_are_no_same_answers(tmp_path: Path):
    put(tmp_path / compiled.folder().name)
    assert not compile_rules._same_answers(tmp_path)


def test_what_was_edited_meanwhile_is_not_kept(home: Path, checkout: Path):
    def edit(_home: Path) -> bool:
        (checkout / "extraction/text.py").write_text("# edited\n")
        return False

    with pytest.raises(compile_rules.NotCompiledError, match="changed meanwhile"):
        compile_rules.compile_rules(edit)
    assert list(home.iterdir()) == []


def test_a_failure_of_the_compiler_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compiled, "HOME", tmp_path)
    monkeypatch.setattr(compile_rules, "sources", lambda: [tmp_path / "missing.py"])
    with pytest.raises(compile_rules.NotCompiledError, match="missing"):
        compile_rules.compile_rules(same)
    assert list(tmp_path.iterdir()) == []
