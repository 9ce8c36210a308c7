from __future__ import annotations

import pytest

from ingestion.discovery.seeds import BadLine, Seed, read_seeds


def bad(text: str, source_type: str | None = None) -> dict[int, str]:
    """Reasons by line."""
    return {result.line: result.reason for result in read_seeds(text.split("\n"), source_type) if isinstance(result, BadLine)}


def found(text: str, source_type: str | None = None) -> list[tuple[str, str, str]]:
    results = read_seeds(text.splitlines(), source_type)
    return [(seed.source_type, seed.source_key, seed.region) for seed in results if isinstance(seed, Seed)]


def test_addresses_and_keys_may_be_mixed():
    text = "# my list\n\nhttps://boards.greenhouse.io/Acme/jobs/1\njobs.eu.lever.co/beta\ngreenhouse/Gamma\nlever,delta\n"
    assert found(text) == [
        ("greenhouse", "acme", ""),
        ("lever", "beta", "eu"),
        ("greenhouse", "gamma", ""),
        ("lever", "delta", ""),
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


@pytest.mark.parametrize(
    ("text", "boards"),
    [
        ("Company,ATS,Board URL\nStripe,greenhouse,https://boards.greenhouse.io/stripepayments", [("greenhouse", "stripepayments", "")]),
        ("# ours\n\ncompany,ats,careers\nAcme,lever,https://jobs.lever.co/acmehdr", [("lever", "acmehdr", "")]),
        ("Acme,lever,jobs.eu.lever.co/acmehdr/1c9a7f52", [("lever", "acmehdr", "eu")]),
        ("company,website,ats,token\nAcme,https://acme.com,lever,acmehq", [("lever", "acmehq", "")]),
        ("token,url\nacme,https://boards.greenhouse.io/acmehq", [("greenhouse", "acmehq", "")]),
    ],
    ids=["header with blanks", "header after a comment", "no header", "site beside a key", "address beside a key"],
)
def test_an_address_of_a_board_wins_wherever_it_stands(text: str, boards: list[tuple[str, str, str]]):
    assert (found(text), bad(text)) == (boards, {})


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("company,website,type\nBeta,beta.io,greenhouse", 2, "no column of this line holds an address or a token"),
        ("company,url,type\nBeta,beta.io,greenhouse", 2, "this address is of no known ATS"),
        ("company,site,type\nBeta,https://beta.io,lever", 2, "this address is of no known ATS"),
        ("Beta,beta.io,greenhouse", 1, "without a header a line is"),
        ("Beta,greenhouse", 1, "which ATS?"),
        ("greenhouse,Beta,beta.io,Berlin", 1, "without a header a line is"),
        ("a,b\nhttps://jobs.lever.co/acme,https://boards.greenhouse.io/acme", 2, "several boards (greenhouse/acme, lever/acme)"),
    ],
    ids=["no key column", "own site as url", "own site as site", "company first", "ATS last", "too many", "two boards"],
)
def test_what_names_no_board_for_sure_is_a_bad_line(text: str, line: int, reason: str):
    assert reason in bad(text)[line]
    assert found(text) == []


def test_a_region_that_the_ats_does_not_have_is_refused():
    text = "source_type,token,region\nlever,one,mars\nlever,two,EU\ngreenhouse,three,eu\ngreenhouse,four,\n"
    assert found(text) == [("lever", "two", "eu"), ("greenhouse", "four", "")]
    assert bad(text) == {2: "lever has no region 'mars': known are eu, or none", 4: "greenhouse has no region 'eu': it has none"}


def test_one_delimiter_holds_for_the_whole_list():
    assert found('name,ats,token\n"Foo; Bar, Inc.",greenhouse,foo\nTwo; Three,lever,two') == [
        ("greenhouse", "foo", ""),
        ("lever", "two", ""),
    ]
    assert found('"Foo, Bar";ats;token\nFoo, Inc.;lever;foo') == [("lever", "foo", "")]
    assert found("company\tats\ttoken\n\tlever\tacme") == [("lever", "acme", "")]


def test_a_quoted_cell_may_go_over_lines():
    text = 'name,ats,token\n"Foo\nBar",greenhouse,foo\n,,\nTwo,workday,two'
    assert found(text) == [("greenhouse", "foo", "")]
    assert list(bad(text)) == [5]


def test_a_quote_that_is_never_closed_costs_its_own_line_only():
    text = 'name,ats,token\n"Foo,greenhouse,foo\n' + "\n".join(f"X,lever,x{number}" for number in range(40))
    assert len(found(text)) == 40
    assert list(bad(text)) == [2]


@pytest.mark.parametrize("mark", ["\n", " ", "\n\n", "\t", " and "], ids=["line end", "blank", "empty line", "tab", "word"])
def test_a_cell_with_two_addresses_names_both_and_no_third(mark: str):
    text = f'name,url\nAcme,"https://boards.greenhouse.io/acme{mark}https://jobs.lever.co/other"\nTwo,https://jobs.lever.co/two'
    assert found(text) == [("lever", "two", "")]
    assert bad(text) == {2: "this line names several boards (greenhouse/acme, lever/other)"}


def test_what_stands_beside_an_address_in_its_cell_is_no_part_of_it():
    assert found('"https://jobs.lever.co/acme\nold"\n"see\nhttps://jobs.lever.co/beta"') == [("lever", "acme", ""), ("lever", "beta", "")]
    assert found("https://jobs.lever.co/Acme Inc") == [("lever", "acme inc", "")]
    assert found("see https://jobs.lever.co/gamma for their jobs") == [("lever", "gamma", "")]


def test_a_comment_that_names_a_board_is_told():
    lines = ["#paid,https://jobs.lever.co/paid", '"# two, of them: https://jobs.lever.co/two"', "name,ats,token", "Acme,lever,acme"]
    text = "\n".join(lines)
    assert found(text) == [("lever", "acme", "")]
    assert bad(text) == dict.fromkeys((1, 2), "this comment names a board: take the # away to have it read")


def test_a_quoted_name_with_a_number_sign_is_no_comment():
    text = '"# ours, of May",,\n# name, "ats\nname,ats,token\n"#paid",lever,paid\n"#two","",https://jobs.lever.co/two'
    assert (found(text), bad(text)) == ([("lever", "paid", ""), ("lever", "two", "")], {})


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_delimiter_may_be_said_in_the_first_line(line: str):
    text = f"{line}\nname, in full;ats;token\nAcme;lever;acme\nBeta;workday;beta"
    assert found(text) == [("lever", "acme", "")]
    assert list(bad(text)) == [4]
    assert found("sep=\t\nurl\tname\nhttps://jobs.lever.co/acme\tAcme, Inc") == [("lever", "acme", "")]
