"""A job as a sheet of facts with their evidence. No database: rows are made in memory."""

from datetime import UTC, datetime

import pytest

from catalog.models import Job, JobContent, JobSkill, Skill
from catalog.pages.fact_sheet import fact_sheet

TEXT = "What you do\n\n• Sell boats with Salesforce\n\nPay: €70,000 to 90,000 a year, fully remote."
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def span(quote, pointer=None, text=TEXT):
    start = text.index(quote)
    return {"quote": quote, "pointer": pointer, "start": start, "end": start + len(quote)}


def evidence(source, *spans, rule="rule", confidence=0.9):
    return {"source": source, "rule": rule, "tier": 0, "confidence": confidence, "spans": list(spans)}


def sheet(*, evidence=None, highlights=(), skills=(), locations=(), salary=None, **fields):
    values = {"pk": 1, "title": "Senior Boat Seller", "company_name": "Quay", "confidence": 0.9, "first_seen_at": NOW}
    job = Job(**{**values, **fields})
    content = JobContent(job=job, text=TEXT, evidence=evidence or {}, highlights=list(highlights), locations=list(locations), salary=salary)
    return fact_sheet(job, content, skills)


def fact(found, key):
    return next(f for f in found.facts if f.key == key)


def marked(found):
    return [(p.text, p.keys, p.anchors) for block in found.blocks for line in block.lines for p in line if p.keys]


def test_a_fact_of_the_text_links_to_its_mark():
    found = sheet(remote_type="remote", evidence={"remote_type": evidence("text", span("fully remote"))})
    workplace = fact(found, "remote_type")
    assert (workplace.value, workplace.source, workplace.percent, workplace.anchor) == ("Remote", "Text", 90, "e-remote_type")
    assert marked(found) == [("fully remote", ("remote_type",), ("e-remote_type",))]


def test_a_fact_of_the_title_is_marked_in_the_title():
    found = sheet(seniority_level="senior", evidence={"seniority_level": evidence("title", span("Senior", "/title", "Senior Boat Seller"))})
    assert found.title[0].text == "Senior"
    assert found.title[0].anchors == ("e-seniority_level",)
    assert fact(found, "seniority_level").source == "Title"


def test_a_fact_of_an_ats_field_shows_pointer_and_quote_and_marks_nothing():
    structured = evidence("structured", {"quote": "On-site", "pointer": "/workplaceType", "start": 0, "end": 7})
    found = sheet(remote_type="onsite", evidence={"remote_type": structured})
    (quote,) = fact(found, "remote_type").quotes
    assert (quote.text, quote.pointer, quote.anchor) == ("On-site", "/workplaceType", "")
    assert marked(found) == []


def test_a_span_that_does_not_hold_its_quote_is_never_marked():
    wrong = {"quote": "fully remote", "pointer": None, "start": 0, "end": 12}
    found = sheet(remote_type="remote", evidence={"remote_type": evidence("text", wrong)})
    assert fact(found, "remote_type").anchor == ""
    assert marked(found) == []


def test_pay_reads_as_stated_with_dollars_beside_it():
    stated = {"min": 70000, "max": 90000, "currency": "EUR", "period": "year", "ote": False}
    pay = fact(sheet(salary=stated, salary_min_usd=76000, salary_max_usd=98000), "salary")
    assert (pay.value, pay.note) == ("€70,000–90,000 per year", "$76,000–98,000 per year in US dollars")


def test_the_same_span_under_two_names_is_quoted_once():
    both = {name: evidence("text", span("€70,000 to 90,000 a year")) for name in ("salary", "salary_min_usd")}
    stated = {"min": 70000, "max": 90000, "currency": "EUR", "period": "year", "ote": False}
    assert len(fact(sheet(salary=stated, evidence=both), "salary").quotes) == 1


def test_several_places_are_named_once_each_and_counted_in_the_header():
    berlin, paris = ({"city": c, "state": None, "country": k, "region": None} for c, k in (("Berlin", "DE"), ("Paris", "FR")))
    found = sheet(locations=[berlin, paris, berlin], location_text="Berlin or Paris")
    assert fact(found, "location").value == "Berlin, DE · Paris, FR"
    assert fact(found, "location").note == "stated as “Berlin or Paris”"
    assert found.place == "Berlin, DE and 1 more"


def test_unknown_values_are_listed_as_not_stated():
    assert {"seniority", "workplace", "pay", "location"} <= set(sheet().not_stated)


def test_duties_link_one_by_one():
    found = sheet(evidence={"key_functions_hired_for": evidence("text", span("Sell boats with Salesforce"))})
    assert [q.anchor for q in found.duties.quotes] == []
    job = Job(pk=1, title="T", company_name="Quay", confidence=0.9, first_seen_at=NOW)
    named = {"key_functions_hired_for": evidence("text", span("Sell boats"), span("Salesforce"))}
    content = JobContent(job=job, text=TEXT, key_functions_hired_for=["Sell boats", "Salesforce"], evidence=named)
    anchors = [q.anchor for q in fact_sheet(job, content, ()).duties.quotes]
    assert anchors == ["e-key_functions_hired_for", "e-key_functions_hired_for-2"]


def test_skills_and_tools_are_kept_apart_and_link_to_where_they_stand():
    tool = Skill(pk=7, name="Salesforce", kind="tool")
    skill = Skill(pk=8, name="Boats", kind="skill")
    start = TEXT.index("Salesforce")
    rows = [
        JobSkill(skill=tool, surface="Salesforce", start=start, end=start + 10, mentions=1),
        JobSkill(skill=skill, surface="Boat", start=None, end=None, mentions=1),
    ]
    found = sheet(skills=rows)
    assert [(t.name, t.anchor) for t in found.tools] == [("Salesforce", "e-skill-7")]
    assert [(s.name, s.anchor) for s in found.skills] == [("Boats", "e-skill-8")]
    assert [piece.text for piece in found.title if "e-skill-8" in piece.anchors] == ["Boat"]


@pytest.mark.parametrize("title", ["Head of Boating", "Captain"])
def test_a_skill_of_a_title_that_no_longer_names_it_has_no_anchor(title):
    skill = Skill(pk=8, name="Boats", kind="skill")
    (found,) = sheet(title=title, skills=[JobSkill(skill=skill, surface="Boat", mentions=1)]).skills
    assert found.anchor == ""


def test_highlights_that_no_fact_marks_are_grouped_by_label():
    def highlight(label, quote):
        start = TEXT.index(quote)
        return {"label": label, "text": quote, "start_char": start, "end_char": start + len(quote)}

    named = {"remote_type": evidence("text", span("fully remote"))}
    items = [highlight("remote_type", "fully remote"), highlight("duty", "Sell boats"), highlight("duty", "Salesforce")]
    found = sheet(remote_type="remote", evidence=named, highlights=items)
    assert [(g.label, g.anchor, g.count) for g in found.highlights] == [("duty", "e-highlight-duty", 2)]
