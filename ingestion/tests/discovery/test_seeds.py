from __future__ import annotations

import pytest

from ingestion.discovery.seeds import BadLine, Seed, read_seeds


def found(text: str, source_type: str | None = None) -> list[tuple[str, str, str]]:
    results = read_seeds(text.splitlines(), source_type)
    return [(seed.source_type, seed.source_key, seed.region) for seed in results if isinstance(seed, Seed)]


def test_addresses_and_keys_may_be_mixed():
    text = "# my list\n\nhttps://boards.greenhouse.io/Acme/jobs/1\njobs.eu.lever.co/beta\ngreenhouse/Gamma\nlever,delta\nepsilon,lever\n"
    assert found(text) == [
        ("greenhouse", "acme", ""),
        ("lever", "beta", "eu"),
        ("greenhouse", "gamma", ""),
        ("lever", "delta", ""),
        ("lever", "epsilon", ""),
    ]


def test_bare_keys_need_an_ats():
    assert found("acme\nbeta.io", "lever") == [("lever", "acme", ""), ("lever", "beta.io", "")]
    (bad,) = read_seeds(["acme"])
    assert isinstance(bad, BadLine)
    assert "which ATS?" in bad.reason


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_with_a_header(mark: str):
    text = "name,source_type,token,region\nAcme Inc,greenhouse,acme,\nBeta,Lever,beta,EU\n".replace(",", mark)
    assert found(text) == [("greenhouse", "acme", ""), ("lever", "beta", "eu")]


def test_table_of_addresses():
    assert found('company,url\n"Acme, Inc",https://boards.greenhouse.io/acme\n') == [("greenhouse", "acme", "")]
    assert found("url\nhttps://jobs.lever.co/beta\n") == [("lever", "beta", "")]


def test_bad_lines_are_named_and_the_rest_goes_on():
    lines = ["lever/acme", "https://example.com/careers", "workday,acme", "greenhouse/robots.txt", "lever/beta"]
    results = list(read_seeds(lines))
    assert [(bad.line, bad.text) for bad in results if isinstance(bad, BadLine)] == [(2, lines[1]), (3, lines[2]), (4, lines[3])]
    assert len([seed for seed in results if isinstance(seed, Seed)]) == 2


def test_byte_order_mark_and_blanks():
    assert found("\ufefflever/acme \n   \n") == [("lever", "acme", "")]


def test_a_line_that_is_no_table_is_a_bad_line():
    huge = f'"{"x" * 200_000}",lever'
    for lines in ([huge, "lever/acme"], ["url", huge, "lever/acme"], ["lever/one", "lever/\rtwo", "lever/acme"]):
        (bad,) = (result for result in read_seeds(lines) if isinstance(result, BadLine))
        assert "no line of a table" in bad.reason


def test_what_is_said_of_a_bad_line_is_short():
    for line in (f"lever/{'x' * 50_000}", f"source,{'x' * 50_000}", f"{'x' * 50_000}/acme"):
        (bad,) = read_seeds([line])
        assert isinstance(bad, BadLine)
        assert len(bad.reason) < 250
