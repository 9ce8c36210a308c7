from __future__ import annotations

from bench.ingest import aims_of, build_parser, conditions, table_of

FIGURES = {
    "small_boards": {"share_of_cap_at_200_ms": 0.9, "share_of_bare_httpx_at_50_ms": 0.94},
    "full_boards": {"ratio_to_floor": 1.2, "queue_share_of_cpu": 0.01},
    "database": {"times_cheaper_unchanged": 60.0, "share_5_percent_changed": 0.2},
    "memory": {"worker_peak_mb": 250.0},
}


def test_every_aim_is_judged_in_its_direction() -> None:
    assert [aim.is_met for aim in aims_of(FIGURES)] == [True, False, True, True, False, True, True]


def test_the_table_shows_each_aim_with_its_figure() -> None:
    table = table_of(aims_of(FIGURES))
    assert table.row_count == 7
    assert list(table.columns[2].cells)[:2] == ["at least 0.85", "at least 0.95"]


def test_the_result_says_that_there_was_no_spacing() -> None:
    assert conditions(quick=True) | {"spacing_ms": 0, "quick": True} == conditions(quick=True)
    assert "--quick" in build_parser().format_help()
