import orjson
import pytest

from catalog.vocabulary.values import SkillTerm, Vocabulary
from extraction.providers.base import FieldSource, Usage
from extraction.providers.rules import CONFIDENCE_WEIGHTS, RulesProvider
from extraction.rules.highlights import MAX_HIGHLIGHTS
from extraction.rules.skills import Matcher
from extraction.rules.version import rules_version
from extraction.schema import JobExtractedV1
from extraction.tests.documents import document_from
from ingestion.ats.base import Posting

HTML = """<h2>About Acme</h2><p>Acme builds scheduling software for harbours. Read more at https://www.acme.io.</p>
<h2>About the role</h2><p>As an Account Executive you will open new accounts with port authorities and own the whole cycle.</p>
<h2>What you&rsquo;ll do</h2><ul><li>Build a pipeline of harbour operators</li><li>Run demonstrations with engineers</li></ul>
<h2>What you bring</h2><ul><li>5+ years of closing experience</li><li>Daily practice with Salesforce</li><li>Negotiation with public buyers</li></ul>
<h2>Pay</h2><p>The base salary for this full-time position is $120,000 - $150,000 per year. This is a hybrid role.</p>"""
VOCABULARY = Vocabulary((SkillTerm("Salesforce", "tool", "crm", ("SFDC",)), SkillTerm("Negotiation", "skill", "sales")), version="v1")


@pytest.fixture(scope="module")
def provider() -> RulesProvider:
    return RulesProvider(Matcher(VOCABULARY))


def a_posting(**changes: object) -> Posting:
    fields = {
        "source_job_id": "7",
        "title": "Account Executive (m/f/d)",
        "url": "https://jobs.lever.co/acme/7",
        "description_html": HTML,
        "job_location": "Boston, MA",
        "pointers": {"title": "/text", "job_location": "/categories/location"},
    }
    return Posting(**(fields | changes))  # type: ignore[arg-type]


def test_every_field_of_the_record(provider: RulesProvider) -> None:
    record = provider.extract([document_from(a_posting(), "Acme", "lever", "acme")])[0].record
    stated = record.model_dump(mode="json", exclude={"highlights", "confidence"})
    assert stated == {
        "source_type": "lever",
        "source_key": "acme",
        "source_job_id": "7",
        "company_name": "Acme",
        "company_domain": "acme.io",
        "role_title": "Account Executive",
        "seniority_level": "senior",
        "job_function": "sales",
        "location_city": "Boston",
        "location_state": "MA",
        "location_country": "US",
        "remote_type": "hybrid",
        "employment_type": "full_time",
        "salary_min_usd": 120000,
        "salary_max_usd": 150000,
        "job_summary": "As an Account Executive you will open new accounts with port authorities and own the whole cycle.",
        "key_functions_hired_for": ["Build a pipeline of harbour operators", "Run demonstrations with engineers"],
        "skills_raw": ["Negotiation"],
        "tools_raw": ["Salesforce"],
        "needs_tier2": False,
    }
    assert JobExtractedV1.model_validate_json(record.model_dump_json()) == record


def test_highlights_are_spans_of_the_text_with_many_labels(provider: RulesProvider) -> None:
    document = document_from(a_posting(), "Acme", "lever", "acme")
    highlights = provider.extract([document])[0].record.highlights
    assert all(document.text[h["start_char"] : h["end_char"]] == h["text"] for h in highlights)
    labels = {h["label"] for h in highlights}
    assert labels >= {"role", "responsibilities", "requirements", "skills", "tools", "salary", "remote_type", "employment_type", "company"}
    assert [h["start_char"] for h in highlights] == sorted(h["start_char"] for h in highlights)


def test_evidence_says_where_each_field_stands(provider: RulesProvider) -> None:
    document = document_from(a_posting(), "Acme", "lever", "acme")
    result = provider.extract([document])[0]
    sources = {field: found.source for field, found in result.evidence.items()}
    assert sources["role_title"] is FieldSource.TITLE
    assert sources["location"] is FieldSource.STRUCTURED
    assert sources["salary"] is FieldSource.TEXT
    stored = orjson.loads(orjson.dumps(result.evidence["salary"]))
    assert (stored["source"], stored["tier"]) == ("text", 0)
    (span,) = stored["spans"]
    assert document.text[span["start"] : span["end"]] == span["quote"]
    assert result.usage == Usage()


def test_confidence_is_the_weighted_mean_of_its_fields(provider: RulesProvider) -> None:
    result = provider.extract([document_from(a_posting(), "Acme", "lever", "acme")])[0]
    assert sum(CONFIDENCE_WEIGHTS.values()) == pytest.approx(1)
    found = {field: entry.confidence for field, entry in result.evidence.items()} | {"skills_raw": 0.9}
    assert result.record.confidence == pytest.approx(sum(w * found[f] for f, w in CONFIDENCE_WEIGHTS.items()), abs=0.006)


def test_an_empty_posting_is_unknown_and_goes_to_tier_2(provider: RulesProvider) -> None:
    posting = a_posting(title="", description_html="", job_location="", url="", pointers={})
    record = provider.extract([document_from(posting, "", "lever", "acme")])[0].record
    assert (record.role_title, record.job_summary, record.highlights) == ("", "", [])
    assert record.needs_tier2
    assert record.confidence < 0.6


def test_a_currency_without_a_rate_is_kept_and_said(provider: RulesProvider) -> None:
    posting = a_posting(description_html="<p>Salary: ARS 900,000 - 1,200,000 per month.</p>")
    result = provider.extract([document_from(posting, "Acme", "lever", "acme")])[0]
    assert result.details.salary is not None
    assert (result.record.salary_min_usd, result.details.salary.currency) == (None, "ARS")
    assert "ARS" in result.details.notes[0]


@pytest.mark.parametrize("text", ["x" * 5000, "•" * 5000, "<li>" * 2000, "\x00\x01\x02", "$" * 3000, "🚀" * 3000, "a b " * 50_000])
def test_odd_input_never_raises(provider: RulesProvider, text: str) -> None:
    posting = a_posting(title=text[:5000], description_html=text, job_location=text[:300], url=text[:200])
    document = document_from(posting, text[:1000], "lever", "acme")
    record = provider.extract([document])[0].record
    assert all(document.text[h["start_char"] : h["end_char"]] == h["text"] for h in record.highlights)


def test_the_version_names_rules_and_vocabulary(provider: RulesProvider) -> None:
    other = RulesProvider(Matcher(Vocabulary(VOCABULARY.terms, version="v2")))
    assert provider.version == f"{rules_version()}+v1"
    assert other.version != provider.version


def test_highlights_that_are_not_checked_as_they_are_made_are_valid(provider: RulesProvider) -> None:
    items = "".join(f"<li>{'Weld an anvil with Salesforce and Negotiation. ' * times}</li>" for times in range(1, 60))
    lists = "".join(f"<h2>{heading}</h2><ul>{items}</ul>" for heading in ("Requirements", "Nice to have", "Benefits") * 40)
    record = provider.extract([document_from(a_posting(description_html=HTML + lists), "Acme", "lever", "acme")])[0].record
    assert len(record.highlights) == MAX_HIGHLIGHTS
    assert JobExtractedV1.model_validate(record.model_dump()) == record


def test_terms_come_in_the_order_in_which_they_are_first_named(provider: RulesProvider) -> None:
    posting = a_posting(title="SFDC Admin", description_html="<ul><li>Practice with Salesforce, or SALESFORCE</li><li>SFDC again</li></ul>")
    result = provider.extract([document_from(posting, "Acme", "lever", "acme")])[0]
    assert result.record.tools_raw == ["SFDC", "Salesforce"]
    assert [(span.quote, span.pointer) for span in result.evidence["tools_raw"].spans] == [("SFDC", "/text"), ("Salesforce", None)]
