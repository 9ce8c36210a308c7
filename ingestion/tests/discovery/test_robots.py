from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.discovery.robots import NOTHING_ALLOWED, read_robots

TEXT = """
# ours and theirs
User-agent: OtherBot
Disallow: /

User-Agent: *
Disallow: /private/   # a comment
Disallow: /*.pdf$
Allow: /private/careers
Disallow:

User-agent: gtm-engine
User-agent: friend
Disallow: /only-ours
Sitemap: https://acme.com/sitemap.xml
"""


@pytest.mark.parametrize(
    ("agent", "path", "allowed"),
    [
        ("anybody", "/", True),
        ("anybody", "/private/x", False),
        ("anybody", "/private/careers/1", True),
        ("anybody", "/a/b.pdf", False),
        ("anybody", "/a/b.pdf?x=1", True),
        ("anybody", "/only-ours", True),
        ("GTM-Engine", "/only-ours/x", False),
        ("GTM-Engine", "/private/x", True),
        ("friend", "/only-ours", False),
        ("OtherBot", "/careers", False),
    ],
)
def test_the_longest_rule_of_our_group_decides(agent: str, path: str, allowed: bool):
    assert read_robots(TEXT, agent).allows(f"https://acme.com{path}") is allowed


def test_of_rules_of_one_length_the_allowing_one_wins():
    assert read_robots("User-agent: *\nDisallow: /a\nAllow: /a", "x").allows("https://acme.com/a")


def test_sitemaps_belong_to_nobody():
    assert read_robots(TEXT, "anybody").sitemaps == ("https://acme.com/sitemap.xml",)


def test_nothing_means_everything_and_an_unreadable_file_nothing():
    assert read_robots("", "x").allows("https://acme.com/")
    assert read_robots("<html>not found</html>", "x").allows("https://acme.com/")
    assert not NOTHING_ALLOWED.allows("https://acme.com/careers?x=1")


@given(st.text(max_size=300))
def test_any_text_is_read_to_its_end(text: str):
    robots = read_robots(f"{text}\nUser-agent: gtm-engine\nDisallow: /only-ours", "gtm-engine")
    assert not robots.allows("https://acme.com/only-ours?b=c")


@pytest.mark.parametrize(
    ("rule", "path", "covered"),
    [
        ("/a*b*c$", "/axxbxxc", True),
        ("/a*b*c$", "/axxbxxcd", False),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/ab*b$", "/ab", False),
        ("*/x", "/deep/x/y", True),
        ("/a*", "/a", True),
        ("/" + "*a" * 200 + "b$", "/" + "a" * 5000, False),
    ],
)
def test_stars_and_ends(rule: str, path: str, covered: bool):
    robots = read_robots(f"User-agent: *\nDisallow: {rule}", "x")
    assert robots.allows(f"https://acme.com{path}") is not covered
