from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.discovery.sitemaps import MAX_ADDRESSES, read_sitemap

LIMIT = 2**20
PAGES = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://acme.com/careers?a=1&amp;b=2</loc></url><url><loc><![CDATA[ https://acme.com/jobs ]]></loc></url></urlset>"""


@pytest.mark.parametrize(
    "body",
    [PAGES, gzip.compress(PAGES), PAGES.replace(b"loc>", b"sm:loc>"), PAGES[: PAGES.rindex(b"</url>")]],
    ids=["plain", "gzip", "prefixed", "cut off"],
)
def test_pages_packed_prefixed_or_cut_off(body: bytes):
    sitemap = read_sitemap(body, LIMIT)
    assert (sitemap.is_index, sitemap.addresses) == (False, ("https://acme.com/careers?a=1&b=2", "https://acme.com/jobs"))


def test_an_index_names_sitemaps():
    body = b"<sitemapindex><sitemap><loc>https://acme.com/a.xml.gz</loc></sitemap></sitemapindex>"
    assert read_sitemap(body, LIMIT) == read_sitemap(gzip.compress(body), LIMIT)
    assert read_sitemap(body, LIMIT).is_index


def test_plain_text_is_a_sitemap_too():
    assert read_sitemap(b"https://acme.com/a\nhttps://acme.com/b\n", LIMIT).addresses == ("https://acme.com/a", "https://acme.com/b")


def test_a_bomb_is_unpacked_up_to_the_limit():
    bomb = gzip.compress(PAGES + b" " * (50 * 2**20))
    assert len(bomb) < 2**17
    assert len(read_sitemap(bomb, LIMIT).addresses) == 2


def test_entities_are_not_expanded():
    body = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset><url><loc>https://acme.com/&e;</loc></url></urlset>'
    assert read_sitemap(body, LIMIT).addresses == ("https://acme.com/&e;",)


def test_addresses_are_bounded():
    assert len(read_sitemap(b"<loc>https://acme.com/a</loc>" * (MAX_ADDRESSES + 5), 2**24).addresses) == MAX_ADDRESSES


@given(st.binary(max_size=300))
def test_any_body_is_read_to_its_end(body: bytes):
    whole = b" " + body + b"<loc>https://acme.com/last</loc>"
    assert read_sitemap(whole, LIMIT).addresses[-1] == "https://acme.com/last"
    assert read_sitemap(gzip.compress(whole), LIMIT) == read_sitemap(whole, LIMIT)


@given(st.binary(max_size=300))
def test_what_only_begins_like_a_zipped_file_names_nothing(body: bytes):
    assert read_sitemap(b"\x1f\x8b" + body, LIMIT).addresses == ()
