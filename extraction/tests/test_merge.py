from __future__ import annotations

import pytest

from catalog.vocabulary.values import Vocabulary
from extraction.evidence import Evidence, Finding, span_of
from extraction.llm.stated import Stated
from extraction.merge import SURE_ENOUGH, merge, takes
from extraction.providers.base import FieldEvidence, FieldSource, Usage
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher
from extraction.schema import Period, RemoteType, SalaryDetails, Seniority
from extraction.tests.documents import a_document

TEXT = "We need somebody for our shop in Ghent. Pay is 3,000 monthly in euros. Knowledge of Frobnication helps a lot."
RULES = RulesProvider(Matcher(Vocabulary((), "v1")))


def evidence(source: FieldSource = FieldSource.TEXT, *, tier: int = 0, confidence: float = 0.9) -> FieldEvidence:
    return FieldEvidence(source, "rule", tier, confidence, (Evidence("words", start=0, end=5),))


@pytest.mark.parametrize(
    ("known", "name", "tier", "taken"),
    [
        (None, "salary", 1, True),
        (FieldEvidence(FieldSource.TEXT, "guess", 0, 0.5, ()), "company_name", 1, True),
        (evidence(FieldSource.STRUCTURED, confidence=0.1), "remote_type", 2, False),
        (evidence(FieldSource.STRUCTURED, confidence=0.1), "salary", 2, False),
        (evidence(confidence=0.1), "salary", 2, False),
        (evidence(confidence=0.1), "job_summary", 2, False),
        (evidence(confidence=SURE_ENOUGH), "seniority_level", 1, False),
        (evidence(confidence=SURE_ENOUGH - 0.01), "seniority_level", 1, True),
        (evidence(FieldSource.TITLE, confidence=0.4), "job_function", 2, True),
        (evidence(tier=1), "salary", 1, False),
        (evidence(tier=1), "salary", 2, True),
        (evidence(tier=2), "salary", 1, False),
    ],
)
def test_which_evidence_wins(known, name, tier, taken):
    assert takes(known, name, tier) is taken


def quote(words: str) -> Evidence:
    start = TEXT.index(words)
    return span_of(TEXT, start, start + len(words))


def test_a_merged_record_says_of_every_field_who_found_it():
    document = a_document(TEXT)
    (base,) = RULES.extract([document])
    pay = SalaryDetails(min=3000, max=3000, currency="EUR", period=Period.MONTH)
    stated = Stated(
        findings={
            "remote_type": Finding(RemoteType.ONSITE, "llm", 0.75, (quote("our shop in Ghent"),)),
            "salary": Finding(pay, "llm", 0.75, (quote("3,000 monthly in euros"),)),
        },
        skills=(quote("Frobnication"),),
        stated=5,
        located=3,
    )
    merged = merge(base, stated, document, tier=1, usage=Usage(10, 5))
    record = merged.record
    assert record.remote_type == "onsite"
    assert record.salary_min_usd == record.salary_max_usd > 30_000
    assert merged.details.salary == pay
    assert record.skills_raw == ["Frobnication"]
    assert {name: item.tier for name, item in merged.evidence.items() if item.rule == "llm"} == {
        "remote_type": 1,
        "salary": 1,
        "skills_raw": 1,
    }
    assert (merged.details.answer_stated, merged.details.answer_located, merged.usage) == (5, 3, Usage(10, 5))
    labels = {highlight["label"] for highlight in record.highlights}
    assert {"remote_type", "salary"} <= labels
    assert all(TEXT[h["start_char"] : h["end_char"]] == h["text"] for h in record.highlights)
    for name, item in base.evidence.items():
        if name not in stated.findings:
            assert merged.evidence[name] == item


def test_nothing_stated_changes_nothing_but_who_looked():
    document = a_document(TEXT)
    (base,) = RULES.extract([document])
    merged = merge(base, Stated(), document, tier=1, usage=Usage())
    assert merged.record == base.record
    assert merged.evidence == base.evidence


def test_a_currency_without_a_rate_keeps_its_own_amounts_and_says_so():
    document = a_document("Pay is 900,000 guaranies.")
    (base,) = RULES.extract([document])
    pay = SalaryDetails(min=900_000, max=None, currency="PYG", period=Period.MONTH)
    span = span_of(document.text, 7, 24)
    merged = merge(base, Stated({"salary": Finding(pay, "llm", 0.75, (span,))}), document, tier=1, usage=Usage())
    assert (merged.record.salary_min_usd, merged.details.salary) == (None, pay)
    assert any("PYG" in note for note in merged.details.notes)


def test_tier_2_takes_over_what_tier_1_said():
    document = a_document(TEXT)
    (base,) = RULES.extract([document])
    first = merge(base, Stated({"remote_type": Finding(RemoteType.HYBRID, "llm", 0.75, (quote("shop"),))}), document, tier=1, usage=Usage())
    second = merge(
        first, Stated({"remote_type": Finding(RemoteType.ONSITE, "llm", 0.75, (quote("shop"),))}), document, tier=2, usage=Usage()
    )
    assert (first.record.remote_type, second.record.remote_type) == ("hybrid", "onsite")
    assert second.evidence["remote_type"].tier == 2


def test_a_level_that_rules_only_guess_gives_way():
    document = a_document("You have seen a lot, and lead by example.", title="Wayfinder")
    (base,) = RULES.extract([document])
    stated = Stated({"seniority_level": Finding(Seniority.SENIOR, "llm", 0.75, (span_of(document.text, 0, 19),))})
    known = base.evidence.get("seniority_level")
    assert known is None or known.confidence < SURE_ENOUGH
    merged = merge(base, stated, document, tier=1, usage=Usage())
    assert merged.record.seniority_level == "senior"
    assert merged.record.confidence >= base.record.confidence
