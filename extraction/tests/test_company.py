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


def test_other_domains_in_the_text_are_not_the_companys() -> None:
    assert company_domain(a_document("We use notacme.com and acme.company and acmeplus.io")) is None


def test_name_comes_from_the_board_then_the_payload_then_the_key() -> None:
    assert company_name(a_document(company=" Acme  Inc ")).value == "Acme Inc"
    assert company_name(a_document(company="", hiring_organization="Acme GmbH")).value == "Acme GmbH"
    guessed = company_name(a_document(company="", source_key="acme-tools"))
    assert (guessed.value, guessed.confidence) == ("Acme Tools", 0.5)
    assert company_name(a_document(company="", source_key="")).confidence == 0
