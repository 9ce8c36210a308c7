from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.discovery.canonical import canonical_url, url_hash

ONE = "https://acme.com/careers/a%20b?a=1&b="


@pytest.mark.parametrize(
    "spelling",
    [
        "https://acme.com/careers/a%20b?a=1&b=",
        "http://ACME.com:80/careers//a b/?b=&a=1#apply",
        "https://acme.com.:443/careers/%61%20b?utm_source=x&b&a=1&gh_src=z",
        "  https://acme.com/careers/a%20b?a=1&b=&lever-source=LinkedIn ",
    ],
)
def test_spellings_of_one_address_are_one(spelling: str):
    assert canonical_url(spelling) == ONE
    assert url_hash(canonical_url(spelling)) == url_hash(ONE)


@pytest.mark.parametrize(
    "other", ["https://acme.com/careers", "https://www.acme.com/careers/a%20b?a=1&b=", "https://acme.com:8443/careers/a%20b?a=1&b="]
)
def test_other_addresses_are_others(other: str):
    assert canonical_url(other) != ONE


@given(st.text(alphabet="abc/%20?&=#.é+;", max_size=60))
def test_the_canonical_form_is_its_own(tail: str):
    once = canonical_url(f"https://acme.com/{tail}")
    assert canonical_url(once) == once
