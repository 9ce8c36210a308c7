import pytest

from extraction.rules.company import company_domain, company_name, registered_domain
from extraction.tests.documents import a_document


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("careers.acme.com", "acme.com"),
        ("acme.com", "acme.com"),
        ("jobs.acme.co.uk", "acme.co.uk"),
        ("acme.io", "acme.io"),
        ("www.tulip.co", "tulip.co"),
        ("localhost", None),
        ("10.0.0.1", None),
        ("", None),
    ],
)
def test_registered_domain(host: str, domain: str | None) -> None:
    assert registered_domain(host) == domain


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://careers.acme.com/jobs?gh_jid=1", "acme.com"),
        ("https://boards.greenhouse.io/acme/jobs/1", None),
        ("https://jobs.lever.co/acme/1", None),
        ("https://www.linkedin.com/jobs/1", None),
        ("https://acme.github.io/jobs", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_domain_of_the_posting_url(url: str, domain: str | None) -> None:
    finding = company_domain(a_document(url=url))
    assert (finding.value if finding else None) == domain


def test_a_name_that_is_a_domain() -> None:
    finding = company_domain(a_document(company="acme.com"))
    assert finding is not None
    assert finding.value == "acme.com"


def test_domain_in_the_text_with_its_span() -> None:
    document = a_document("Read more at https://www.acme.io/about. Write to jobs@other.com.")
    finding = company_domain(document)
    assert finding is not None
    assert (finding.value, finding.rule) == ("acme.io", "domain_in_text")
    span = finding.evidence[0]
    assert document.text[span.start : span.end] == "acme.io"


def test_a_domain_is_found_behind_other_uses_of_its_label() -> None:
    text = "Join Acme. Not notacme.io or acme.ioo, but acme.io!"
    finding = company_domain(a_document(text))
    assert finding is not None
    assert (finding.value, finding.evidence[0].start) == ("acme.io", text.rindex("acme.io"))


def test_other_domains_in_the_text_are_not_the_companys() -> None:
    assert company_domain(a_document("We use notacme.com and acme.company and acmeplus.io")) is None


def test_name_comes_from_the_board_then_the_payload_then_the_key() -> None:
    assert company_name(a_document(company=" Acme  Inc ")).value == "Acme Inc"
    assert company_name(a_document(company="", hiring_organization="Acme GmbH")).value == "Acme GmbH"
    guessed = company_name(a_document(company="", source_key="acme-tools"))
    assert (guessed.value, guessed.confidence) == ("Acme Tools", 0.5)
    assert company_name(a_document(company="", source_key="")).confidence == 0


def test_the_key_is_read_as_the_text_writes_it() -> None:
    text = "About ACME Tools\nAcme Tools builds pumps. Join Acme Tools."
    named = a_document(text, company="", source_key="acme-tools")
    finding = company_name(named)
    assert (finding.value, finding.rule) == ("Acme Tools", "name_in_text")
    span = finding.evidence[0]
    assert named.text[span.start : span.end] == "Acme Tools"
    assert company_name(a_document("MOOG hires. Why MOOG?", company="", source_key="moog")).value == "MOOG"


@pytest.mark.parametrize("key", ["brightpumpcareers", "brightpump-jobs", "brightpumphq", "brightpumpinc", "brightpump-eu", "brightpump"])
def test_what_boards_add_to_the_name_is_left_out_where_the_text_does(key: str) -> None:
    text = "BrightPump makes pumps. Life at BrightPump: see brightpump.be or write to jobs@brightpump.be."
    assert company_name(a_document(text, company="", source_key=key)).value == "BrightPump"
    domain = company_domain(a_document(text, company="", source_key=key))
    assert domain is not None
    assert domain.value == "brightpump.be"


@pytest.mark.parametrize(
    ("text", "key", "name"),
    [
        ("BrightPump makes pumps.", "brightpumpcareers", "Brightpumpcareers"),  # named only once
        ("Sales is fun. We do sales. Sales!", "salesjobs", "Salesjobs"),  # a word of the language
        ("Brightpumps and Brightpump-Plus, a Brightpump.io and a Brightpump@x", "brightpumphq", "Brightpumphq"),
        ("Work at TeamHQ. TeamHQ is no Team.", "teamhq", "TeamHQ"),
    ],
)
def test_only_a_name_that_the_text_gives_counts(text: str, key: str, name: str) -> None:
    assert company_name(a_document(text, company="", source_key=key)).value == name


@pytest.mark.parametrize(
    "domain", ["acme.se", "acme.ch", "acme.at", "acme.pl", "acme.ie", "acme.com.br", "acme.co.in", "acme.example", "acme.eu"]
)
def test_registries_of_all_countries_count(domain: str) -> None:
    for document in (a_document(f"See careers.{domain}, our site."), a_document(company=domain)):
        finding = company_domain(document)
        assert finding is not None
        assert finding.value == domain


@pytest.mark.parametrize("text", ["Work at Acme.In this role you sell.", "We are Acme.As we grow", "acme.lever.co", "acme.doc"])
def test_what_only_looks_like_a_domain(text: str) -> None:
    assert company_domain(a_document(text)) is None


@pytest.mark.parametrize(
    ("board", "name"),
    [
        ("Initech Job Board", "Initech"),
        ("Initech Careers", "Initech"),
        ("Initech Careers Website", "Initech"),
        ("Initech (External Careers)", "Initech"),
        ("Initech - LinkedIn", "Initech"),
        ("Initech Careers - Job Board", "Initech"),
        ("LinkedIn", "LinkedIn"),
        ("Careers", "Careers"),
        ("The Job Board", "The Job Board"),
        ("Career Group", "Career Group"),
        ("Jobs for Everyone", "Jobs for Everyone"),
        ("Medical Careers", "Medical Careers"),
        ("snake__case Software", "snake__case Software"),
        ("snake__case", "snake__case"),
        ("initech__Somebody42", "Initech"),
    ],
)
def test_a_board_is_no_company(board: str, name: str) -> None:
    assert company_name(a_document(company=board, source_key="initech")).value == name


def test_a_board_is_the_company_that_the_text_names() -> None:
    assert company_name(a_document("Globex hires.", company="Globex Careers")).value == "Globex"
    assert company_name(a_document("Our globex is fine.", company="Globex Careers")).value == "Globex Careers"


def test_the_domain_is_that_of_the_company_not_of_its_board() -> None:
    domain = company_domain(a_document("Globex hires. See globex.com for more.", company="Globex Job Board"))
    assert domain is not None
    assert domain.value == "globex.com"
