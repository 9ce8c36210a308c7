from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.http.validators import FULL_READ_AFTER, conditional_headers, validators_of

NOW = datetime(2026, 8, 1, tzinfo=UTC)
BOTH = {"etag": 'W/"abc"', "last-modified": "Sat, 01 Aug 2026 12:00:00 GMT"}


def test_what_the_server_gave_goes_back_to_it():
    kept = validators_of("/jobs?content=true", BOTH, NOW)
    headers = {"If-None-Match": 'W/"abc"', "If-Modified-Since": "Sat, 01 Aug 2026 12:00:00 GMT"}
    assert conditional_headers(kept, "/jobs?content=true", NOW) == headers
    only_etag = validators_of("/jobs", {"etag": '"x"'}, NOW)
    assert conditional_headers(only_etag, "/jobs", NOW) == {"If-None-Match": '"x"'}


def test_another_request_has_no_validators():
    assert conditional_headers(validators_of("/jobs", BOTH, NOW), "/jobs?content=true", NOW) == {}
    assert conditional_headers({}, "/jobs", NOW) == {}


def test_a_server_without_validators_leaves_nothing():
    assert validators_of("/jobs", {}, NOW) == {}
    assert validators_of("/jobs", {"etag": "x" * 500}, NOW) == {}


@pytest.mark.parametrize("tag", ['"caf\xe9"', '"\udcff"', '"a\x00b"', '"a\r\nb"'])
def test_what_cannot_go_back_as_it_came_is_not_kept(tag: str):
    assert validators_of("/jobs", {"etag": tag}, NOW) == {}


def test_the_whole_board_is_read_now_and_then_whatever_the_server_says():
    kept = validators_of("/jobs", BOTH, NOW)
    assert conditional_headers(kept, "/jobs", NOW + FULL_READ_AFTER - timedelta(seconds=1))
    assert conditional_headers(kept, "/jobs", NOW + FULL_READ_AFTER) == {}
