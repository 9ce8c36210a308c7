"""What a model's answer is worth: each value that its words are found for becomes a finding, the rest is dropped (spec E6).

The model only points. Places are read by our gazetteer at the words it named, amounts must stand in its quote as figures, and of
skills the vocabulary decides: a term it knows is a skill of the job where the matcher says so, wherever a model sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from catalog.vocabulary.values import Vocabulary
from extraction.document import Document, SectionKind
from extraction.evidence import Evidence, Finding
from extraction.grounding import Found, Haystack, Place
from extraction.llm.answer import EmploymentAnswer, FunctionAnswer, PostingAnswer, RemoteAnswer, SalaryAnswer, SeniorityAnswer
from extraction.rules.location import locations
from extraction.rules.money import moneys, resolve
from extraction.rules.pay_statements import is_plausible
from extraction.schema import SUMMARY_MAX_WORDS, LocationDetails, SalaryDetails

UNKNOWN = "unknown"
# No labelled posting was answered by every model that can be configured: kept below what a rule that fits its words says.
CONFIDENCE: Mapping[Found, float] = {Found.EXACT: 0.75, Found.NORMALISED: 0.75, Found.FUZZY: 0.65}
SHORTEST_SENTENCE_WORDS = 4
_AMOUNT_TOLERANCE = 0.01
# Skills are not looked for where the company speaks of itself, of its offers, or of the law.
_NO_SKILLS = frozenset({SectionKind.ABOUT, SectionKind.BENEFITS, SectionKind.COMPENSATION, SectionKind.LEGAL})
_LONGEST_TERM_WORDS = 5

_Closed = SeniorityAnswer | FunctionAnswer | RemoteAnswer | EmploymentAnswer


@dataclass(frozen=True, slots=True)
class Stated:
    """The findings of one answer by the field they fill; how many values the model stated, and how many of them were found.

    `skills` and `tools` are terms that the vocabulary does not know, as written in the posting.
    """

    findings: Mapping[str, Finding[Any]] = field(default_factory=dict)
    skills: tuple[Evidence, ...] = ()
    tools: tuple[Evidence, ...] = ()
    stated: int = 0
    located: int = 0


def stated_by(answer: PostingAnswer, document: Document, vocabulary: Vocabulary) -> Stated:
    """What of an answer is backed by the posting's own words."""
    reader = _Reader(answer, document)
    found = {name: finding for name, finding in reader.fields() if finding is not None}
    known = known_terms(vocabulary)
    skills, tools = (reader.terms(names) for names in (answer.skills, answer.tools))
    return Stated(
        {name: finding for name, finding in found.items() if finding.evidence},
        tuple(span for span in skills if _key(span.quote) not in known),
        tuple(span for span in tools if _key(span.quote) not in known),
        stated=reader.asked,
        located=sum(1 for finding in found.values() if finding.evidence) + len(skills) + len(tools),
    )


@lru_cache(maxsize=2)
def known_terms(vocabulary: Vocabulary) -> frozenset[str]:
    """Names and aliases of the vocabulary, folded: of these the matcher decides."""
    return frozenset(_key(form) for term in vocabulary.terms for form in (term.name, *term.aliases))


class _Reader:
    """Looks one answer's quotes up in one posting."""

    def __init__(self, answer: PostingAnswer, document: Document) -> None:
        self._answer = answer
        self._document = document
        self._rule = "llm"

    @property
    def asked(self) -> int:
        """Values that the model stated: fields with one, and every skill and tool."""
        answer = self._answer
        closed = [answer.seniority_level, answer.job_function, answer.remote_type, answer.employment_type]
        values = [answer.company_name, answer.role_title, answer.location, answer.salary, answer.summary, answer.key_functions]
        told = sum(1 for item in closed if item and item.value.value != UNKNOWN) + sum(1 for value in values if value)
        return told + len(answer.skills) + len(answer.tools)

    def fields(self) -> Iterator[tuple[str, Finding[Any] | None]]:
        answer = self._answer
        yield "company_name", self._words(answer.company_name, self._text)
        yield "role_title", self._words(answer.role_title, self._title)
        yield "seniority_level", self._closed(answer.seniority_level)
        yield "job_function", self._closed(answer.job_function)
        yield "location", self._location(answer.location)
        yield "remote_type", self._closed(answer.remote_type)
        yield "employment_type", self._closed(answer.employment_type)
        yield "salary", self._salary(answer.salary)
        yield "job_summary", self._summary(answer.summary)
        yield "key_functions_hired_for", self._key_functions(answer.key_functions)

    def terms(self, names: Sequence[str]) -> list[Evidence]:
        """The named terms at the first place where they count; each once, sentences and places in silent sections left out."""
        found: dict[str, Evidence] = {}
        for name in names:
            place = self._text.locate(name) if len(name.split()) <= _LONGEST_TERM_WORDS else None
            if place and place.found is not Found.FUZZY and self._may_name_skills(place.start):
                span = self._text.evidence(place)
                found.setdefault(_key(span.quote), span)
        return list(found.values())

    def _words(self, quote: str | None, where: Haystack) -> Finding[str] | None:
        place = where.locate(quote) if quote else None
        if place is None:
            return None
        evidence = self._evidence(where, place)
        return Finding(evidence.quote, self._rule, CONFIDENCE[place.found], (evidence,))

    def _closed(self, answer: _Closed | None) -> Finding[Any] | None:
        if answer is None or answer.value.value == UNKNOWN:
            return None
        words = self._words(answer.quote, self._title) or self._words(answer.quote, self._text)
        return None if words is None else Finding(answer.value, self._rule, words.confidence, words.evidence)

    def _location(self, quote: str | None) -> Finding[LocationDetails] | None:
        """The words it names, read by the gazetteer as if the ATS had stated them."""
        words = self._words(quote, self._text)
        if words is None:
            return None
        alone = replace(
            self._document.posting, title="", job_location=words.value, additional_locations=(), offices=(), country=None, fields=()
        )
        places = locations(replace(self._document, posting=alone, text="", sections=()))
        if not places:
            return None
        return Finding(places[0].value, self._rule, min(words.confidence, places[0].confidence), words.evidence)

    def _salary(self, answer: SalaryAnswer | None) -> Finding[SalaryDetails] | None:
        """Only amounts that its quote states in figures, in the currency it writes, that somebody could be paid."""
        words = self._words(answer.quote, self._text) if answer else None
        if answer is None or words is None:
            return None
        low, high = answer.min, answer.max
        bounds = [bound for bound in (low, high) if bound is not None]
        if not bounds or bounds != sorted(bounds) or not is_plausible(bounds[-1], answer.currency, answer.period):
            return None
        written = _amounts(words.value, answer.currency, self._document.posting.country)
        if not all(_is_among(bound, written) for bound in bounds):
            return None
        value = SalaryDetails(min=low, max=high, currency=answer.currency, period=answer.period, ote=answer.ote)
        return Finding(value, self._rule, words.confidence, words.evidence)

    def _summary(self, quotes: Sequence[str]) -> Finding[str] | None:
        """The sentences that were found, in the posting's order, as many as the record has room for."""
        spans: list[Evidence] = []
        words = 0
        for span, _ in self._sentences(quotes):
            words += len(span.quote.split())
            if words > SUMMARY_MAX_WORDS:
                break
            spans.append(span)
        if not spans:
            return None
        return Finding(" ".join(" ".join(span.quote.split()) for span in spans), self._rule, CONFIDENCE[Found.EXACT], tuple(spans))

    def _key_functions(self, quotes: Sequence[str]) -> Finding[tuple[str, ...]] | None:
        spans = tuple(span for span, _ in self._sentences(quotes))
        if not spans:
            return None
        return Finding(tuple(span.quote for span in spans), self._rule, CONFIDENCE[Found.EXACT], spans)

    def _sentences(self, quotes: Sequence[str]) -> list[tuple[Evidence, Place]]:
        """Sentences found in the text, in its order, none twice and none inside another."""
        places = (self._text.locate(quote) for quote in quotes if len(quote.split()) >= SHORTEST_SENTENCE_WORDS)
        kept: list[tuple[Evidence, Place]] = []
        for place in sorted((place for place in places if place), key=lambda place: (place.start, -place.end)):
            if not kept or place.start >= kept[-1][1].end:
                kept.append((self._text.evidence(place), place))
        return kept

    def _evidence(self, where: Haystack, place: Place) -> Evidence:
        span = where.evidence(place)
        return replace(span, pointer=self._document.posting.pointers.get("title", "/title")) if where is self._title else span

    def _may_name_skills(self, position: int) -> bool:
        section = self._document.section_at(position)
        return section is None or section.kind not in _NO_SKILLS

    @cached_property
    def _text(self) -> Haystack:
        return Haystack(self._document.text)

    @cached_property
    def _title(self) -> Haystack:
        return Haystack(self._document.posting.title)


def _amounts(quote: str, currency: str, country: str | None) -> list[float]:
    """The sums that a quote states in this currency, or in none."""
    found = [money for money in moneys(quote) if money.currency is None or resolve(money.currency, country) == currency]
    return [amount.value for money in found for amount in (money.low, money.high)]


def _is_among(value: float, written: Sequence[float]) -> bool:
    return any(abs(value - amount) <= _AMOUNT_TOLERANCE * amount for amount in written)


def _key(term: str) -> str:
    return " ".join(term.casefold().split())
