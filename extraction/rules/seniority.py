"""Seniority: the title's own words, then what the text says about this job, then the years it asks for."""

from __future__ import annotations

from extraction.document import Document
from extraction.evidence import Evidence, Finding, span_of
from extraction.rules.experience import AskedYears, asked_years
from extraction.rules.level_words import TextLevel, leads_people, stated_level, worded_level
from extraction.rules.title_level import TitleLevel, title_level
from extraction.schema import Seniority

_SENIOR_FROM, _MID_FROM, _ASSOCIATE_MID_FROM = 5, 2, 3

_NOTHING = Finding(Seniority.UNKNOWN, "seniority.nothing", 0.3)


def seniority(document: Document) -> Finding[Seniority]:
    """Level of the posting by the guideline: title, level word of the text, years asked; `unknown` when nothing says."""
    found = title_level(document.posting.title)
    if found is None or found.reading == "individual":
        return _from_text(document)
    if found.reading is None and found.level is not None:
        return _from_title(document, found, found.level, "seniority.title", 0.95)
    return _READINGS[found.reading or ""](document, found)


def _from_title(
    document: Document, found: TitleLevel, level: Seniority, rule: str, confidence: float, *more: Evidence
) -> Finding[Seniority]:
    quote = document.posting.title[found.start : found.end]
    pointer = document.posting.pointers.get("title", "/title")
    return Finding(level, rule, confidence, (Evidence(quote, pointer, found.start, found.end), *more))


def _associate(document: Document, found: TitleLevel) -> Finding[Seniority]:
    asked = asked_years(document)
    if asked and asked.years >= _ASSOCIATE_MID_FROM:
        return _from_title(document, found, Seniority.MID, "seniority.associate_years", 0.75, _span(document, asked))
    return _from_title(document, found, Seniority.JUNIOR, "seniority.associate", 0.8)


def _lead(document: Document, found: TitleLevel) -> Finding[Seniority]:
    people = leads_people(document)
    if people:
        evidence = span_of(document.text, *people)
        return _from_title(document, found, Seniority.MANAGER, "seniority.lead_people", 0.75, evidence)
    return _from_title(document, found, Seniority.SENIOR, "seniority.lead", 0.7)


def _leader(document: Document, found: TitleLevel) -> Finding[Seniority]:
    """A manager of something unnamed: people to lead -> manager, else years, else manager as the word says."""
    if found.level is not None:
        return _from_title(document, found, found.level, "seniority.title", 0.8)
    people = leads_people(document)
    if people:
        evidence = span_of(document.text, *people)
        return _from_title(document, found, Seniority.MANAGER, "seniority.leads_people", 0.8, evidence)
    asked = asked_years(document)
    if asked:
        return _from_years(document, asked)
    return _from_title(document, found, Seniority.MANAGER, "seniority.manager_word", 0.5)


def _entry_job(document: Document, found: TitleLevel) -> Finding[Seniority]:
    """A job people start in without experience: junior, unless the text says more."""
    stated = _stated(document)
    return stated or _from_title(document, found, Seniority.JUNIOR, "seniority.entry_job", 0.45)


def _skilled_job(document: Document, found: TitleLevel) -> Finding[Seniority]:
    """A trade or profession that has to be learnt: mid, unless the text says anything."""
    read = _from_text(document)
    return _from_title(document, found, Seniority.MID, "seniority.skilled_job", 0.45) if read is _NOTHING else read


_READINGS = {"associate": _associate, "lead": _lead, "leader": _leader, "entry_job": _entry_job, "skilled_job": _skilled_job}


def _from_text(document: Document) -> Finding[Seniority]:
    stated = _stated(document)
    if stated:
        return stated
    worded = worded_level(document)
    if worded:
        return _from_words(document, worded, "seniority.wording", 0.35)
    return _NOTHING


def _stated(document: Document) -> Finding[Seniority] | None:
    """A level word about this job beats the years asked."""
    stated = stated_level(document)
    if stated:
        return _from_words(document, stated, "seniority.text", 0.7)
    asked = asked_years(document)
    return _from_years(document, asked) if asked else None


def _from_words(document: Document, found: TextLevel, rule: str, confidence: float) -> Finding[Seniority]:
    return Finding(found.level, rule, confidence, (span_of(document.text, found.start, found.end),))


def _from_years(document: Document, asked: AskedYears) -> Finding[Seniority]:
    level = Seniority.JUNIOR
    if asked.years >= _SENIOR_FROM:
        level = Seniority.SENIOR
    elif asked.years >= _MID_FROM:
        level = Seniority.MID
    rule, confidence = ("seniority.years", 0.7) if asked.required else ("seniority.years_preferred", 0.55)
    return Finding(level, rule, confidence, (_span(document, asked),))


def _span(document: Document, asked: AskedYears) -> Evidence:
    return span_of(document.text, asked.start, asked.end)
