from __future__ import annotations

import pytest
from django.db import connection

from bench.partitions import LAYOUTS, SCHEMA, measure


@pytest.mark.django_db(transaction=True)
def test_every_layout_is_measured_and_nothing_stays():
    found = measure(12_000)
    assert set(found) == set(LAYOUTS)
    names = {"load_s", "size_mb", "unchanged_board_ms", "read_board_ms", "drop_month_s"}
    assert all(set(layout) == names and layout["load_s"] > 0 for layout in found.values())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [SCHEMA])
        assert cursor.fetchone() == (0,)
