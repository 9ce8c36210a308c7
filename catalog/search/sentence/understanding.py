"""What a sentence asks for: the parameters of a search, how each came about, and what no filter can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from catalog.choices import SearchSubject
from catalog.filters import JobFilter
from catalog.search.sentence.parts import Kind, Part
from catalog.search.sentence.reading import Said
from catalog.search.sentence.roles import alternatives, functions_of, occupations, with_managers_of_things
from catalog.search.sentence.search_text import Alternative, search_text
from catalog.search.sentence.skills_joined import skills_joined

_OPPOSITES = {"agencies": "no"}
_SINGLE = frozenset({
    "min_comp", "max_comp", "agencies", "sort", "posted_after", "posted_before", "posted_within_days", "first_seen_after",
    "first_seen_before", "first_seen_within_days", "started_within_days", "min_open_jobs",
})  # fmt: skip
"""Parameters that take one value: of several the last one counts."""

_STARTED = "started_within_days"
_OF_COMPANIES = (_STARTED, "min_open_jobs")
_NO_SKILL = "name the skill or tool: the list of companies tells who started hiring for it"


@dataclass(frozen=True, slots=True)
class Reading:
    """Words of the sentence and the filter that they became; `note` says how, where that is not plain."""

    words: str
    parameter: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """A sentence as a search: `parameters` are those of `JobFilter`, in the order of the sentence; `q` holds the rest of its words.
    Who started hiring, or has so many jobs, is asked of companies: `subject` tells, and `parameters` are then those of `CompanyFilter`.

    `unused` are words that no filter can say, with the reason ("" where there is none to tell). `reader`: who read it, `rules` or a
    language model's provider.
    """

    sentence: str
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    readings: Sequence[Reading] = ()
    unused: Sequence[tuple[str, str]] = ()
    reader: str = "rules"

    @property
    def query(self) -> str:
        """The search as in an address."""
        return urlencode(self.parameters, doseq=True)

    @property
    def subject(self) -> SearchSubject:
        """What the search lists."""
        return SearchSubject.COMPANIES if any(name in self.parameters for name in _OF_COMPANIES) else SearchSubject.JOBS


class _Search:
    """The search as it is put together."""

    def __init__(self) -> None:
        self.parameters: dict[str, list[str]] = {}
        self.readings: list[Reading] = []
        self.unused: list[tuple[str, str]] = []
        self.words: dict[int, Part] = {}
        self.excluded: list[str] = []

    def add(self, part: Part, name: str, value: str) -> None:
        if name in _SINGLE:
            self.take_back(name, "said again later")
        values = self.parameters.setdefault(name, [])
        if value not in values:
            values.append(value)
        self.readings.append(Reading(part.text, name, value, part.note))

    def take_back(self, name: str, reason: str) -> None:
        """Leave a parameter out, and its words as not used."""
        self.parameters.pop(name, None)
        self.unused += [(reading.words, reason) for reading in self.readings if reading.parameter == name]
        self.readings = [reading for reading in self.readings if reading.parameter != name]

    def rename(self, name: str, new: str, value: str) -> None:
        """Let what was said of one parameter be said of another."""
        self.parameters.pop(name)
        self.parameters[new] = [value]
        self.readings = [replace(one, parameter=new, value=value) if one.parameter == name else one for one in self.readings]

    def exclude(self, part: Part, name: str, value: str) -> None:
        """As `<name>_not`, where there is such a filter."""
        if name in _OPPOSITES:
            self.add(part, name, _OPPOSITES[name])
        elif f"{name}_not" in JobFilter.base_filters:
            self.add(part, f"{name}_not", value)
        else:
            self.unused.append((f"not {part.text}", "there is no filter for its opposite"))

    def exclude_words(self, part: Part, words: Sequence[str]) -> None:
        self.excluded.extend(words)
        self.readings.extend(Reading(part.text, "q", f"-{word}", part.note) for word in words)


def understood(sentence: str, said: Sequence[Said], today: date) -> Understanding:
    """The search that the parts of a sentence ask for."""
    search = _Search()
    said = with_managers_of_things(said)
    for one in said:
        _apply(search, one)
    for part, name in skills_joined(said):
        search.add(part, name, part.filters[0][1])
    groups = occupations(said)
    for parts, function in zip(groups, functions_of(groups), strict=False):
        search.add(_joined(parts), "function", function)
    if "remote_from" in search.parameters:
        search.parameters.pop("remote", None)  # which that says already
    if _STARTED in search.parameters:
        _settle_starts(search, today)
    if any(name in search.parameters for name in _OF_COMPANIES):
        search.parameters.pop("sort", None)  # of jobs
    if text := search_text(_words(search, groups), search.excluded):
        search.parameters["q"] = [text]
    readings = tuple(reading for reading in search.readings if reading.parameter in search.parameters)
    return Understanding(sentence, search.parameters, readings, tuple(search.unused))


def _settle_starts(search: _Search, today: date) -> None:
    """Who started hiring for which skill: without one nobody can tell. The time that the sentence names is that of the start."""
    if "skill" not in search.parameters:
        search.take_back(_STARTED, _NO_SKILL)
    elif within := search.parameters.get("posted_within_days"):
        search.rename("posted_within_days", _STARTED, within[0])
    elif since := search.parameters.get("posted_after"):
        search.rename("posted_after", _STARTED, str(max(1, (today - date.fromisoformat(since[0])).days)))


def _apply(search: _Search, one: Said) -> None:
    """Everything but skills and occupations, which have to be seen together."""
    part = one.part
    if part.kind is Kind.UNUSED:
        search.unused.append((part.text, part.note))
    elif part.kind is Kind.WORD:
        if one.negated:
            search.exclude_words(part, part.words or (part.text,))
        else:
            search.words[part.first] = part
    elif part.kind is Kind.ROLE:
        _apply_role(search, one)
    elif part.kind is not Kind.SKILL:
        for name, value in part.filters:
            (search.exclude if one.negated else search.add)(part, name, value)


def _apply_role(search: _Search, one: Said) -> None:
    """What an occupation says beside its function ("CTO": the level); a negated one altogether."""
    if not one.negated:
        for name, value in one.part.filters:
            if name != "function":
                search.add(one.part, name, value)
    elif one.part.words:
        search.exclude_words(one.part, one.part.words)
    else:
        for name, value in one.part.filters:
            search.exclude(one.part, name, value)


def _joined(parts: Sequence[Part]) -> Part:
    """The parts of an occupation as one, for people."""
    first = parts[0]
    return Part(first.kind, first.first, parts[-1].stop, " ".join(part.text for part in parts))


def _words(search: _Search, groups: Sequence[Sequence[Part]]) -> list[list[Alternative]]:
    """What to look for in the text, in the order of the sentence: words that mean nothing to us, and names of occupations."""
    placed: dict[int, list[Alternative]] = {at: [(word,) for word in part.words or (part.text,)] for at, part in search.words.items()}
    search.readings.extend(Reading(part.text, "q", part.text) for part in search.words.values())
    if ways := alternatives(groups):
        placed[groups[0][0].first] = ways
        search.readings.extend(Reading(_joined(parts).text, "q", _joined(parts).text) for parts in groups)
    return [placed[first] for first in sorted(placed)]
