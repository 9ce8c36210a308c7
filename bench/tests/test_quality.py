from pathlib import Path

import pytest

from bench.quality import FIELDS, fill_rates, measure, table_of
from extraction.schema import JobExtractedV1, RemoteType


def record(**fields: object) -> JobExtractedV1:
    stated = {"source_type": "lever", "source_key": "acme", "source_job_id": "1", "company_name": "Acme", "role_title": "Welder"}
    return JobExtractedV1.model_validate(stated | fields)


def test_unknown_null_and_empty_are_not_filled() -> None:
    rates = fill_rates([record(remote_type=RemoteType.REMOTE, salary_min_usd=0), record()])
    assert rates["company_name"] == 1.0
    assert rates["remote_type"] == rates["salary_min_usd"] == 0.5
    assert rates["seniority_level"] == rates["location_city"] == rates["tools_raw"] == rates["job_summary"] == 0.0


def test_no_records_fill_nothing() -> None:
    assert set(fill_rates([]).values()) == {0.0}


def test_a_line_a_field() -> None:
    lines = table_of({"lever/acme": fill_rates([record()])}).splitlines()
    assert len(lines) == len(FIELDS) + 2
    assert "| role_title | 100% |" in lines


def test_without_boards_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="GTM_DATA_DIR"):
        measure(tmp_path)
