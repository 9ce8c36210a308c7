"""What the filters of a search look like: options with counts, chips to remove, and what travels along unseen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.http import QueryDict
from django_filters import FilterSet

from catalog import formats
from catalog.choices import EmploymentType, JobFunction, JobState, RemoteType, Seniority
from catalog.companies.hiring_signals import SIGNAL_NAMES, Reason
from catalog.companies.hiring_starts import Start
from catalog.filters import JobFilter
from catalog.models import Company, Skill
from catalog.search.facets import LONGEST, FacetValue
from catalog.search.query import Sort
from catalog.search_url import PAGING, SearchUrl

CHOICE_FACETS: Mapping[str, str] = {
    "function": "Function",
    "seniority": "Seniority",
    "remote": "Workplace",
    "employment": "Employment",
    "country": "Country",
}
# Filters that are shown as chips, under the words that read well before their value.
_INCLUDING: Mapping[str, str] = {
    **CHOICE_FACETS,
    "skill": "Skill",
    "skill_any": "Any of",
    "company": "Company",
    "company_name": "Company name",
    "company_domain": "Domain",
    "agencies": "Agencies",
    "location": "Place",
    "location_city": "City",
    "location_state": "State or province",
    "remote_from": "Remote from",
    "min_comp": "Pays at least",
    "max_comp": "Pays at most",
    "state": "State",
    "language": "Language",
    "source_type": "Source",
    "prospects": "Open applications",
    "has": "States",
    "posted_after": "Board says posted since",
    "posted_before": "Board says posted before",
    "posted_within_days": "Board says posted within",
    "first_seen_after": "First seen since",
    "first_seen_before": "First seen before",
    "first_seen_within_days": "First seen within",
    "published_after": "New since",
    "uses": "Uses",
    "min_open_jobs": "Company with",
    "started_within_days": "Started hiring within",
    "started_as": "Start",
    "reason": "Signal",
    "start": "How sure",
    "within_days": "Within",
    "found_within_days": "Found within",
}
_EXCLUDING: Mapping[str, str] = {
    **{name: f"Not {label.lower()}" for kind, label in _INCLUDING.items() if (name := f"{kind}_not") in JobFilter.base_filters},
    "skill_not": "Without",
    "has_not": "Does not state",
}
CHIP_LABELS: Mapping[str, str] = {**_INCLUDING, **_EXCLUDING}
# Filters with a control of their own that holds their value; every other one travels in hidden fields.
_CONTROLS = frozenset({"q", "sort", "skill", "company", "min_comp", "state", "posted_within_days", *CHOICE_FACETS})
_CHOICES: Mapping[str, type[TextChoices]] = {
    "seniority": Seniority,
    "function": JobFunction,
    "remote": RemoteType,
    "employment": EmploymentType,
    "state": JobState,
}
_SKILLS = ("skill", "skill_any", "skill_not", "uses")
_HAS = {
    "salary": "Salary",
    "posted": "Date of posting",
    "company_domain": "Domain of the company",
    "location_city": "City",
    "location_state": "State or province",
}
_EITHER = {"no": "None", "only": "Only these"}
_UNKNOWN = "unknown"
_WITHIN = ((1, "24 hours"), (7, "7 days"), (30, "30 days"), (90, "90 days"))


@dataclass(frozen=True, slots=True)
class Option:
    """One check box or entry. `count` is empty where it was not counted."""

    value: str
    label: str
    selected: bool
    count: str = ""


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """The options of one filter."""

    name: str
    label: str
    options: tuple[Option, ...]

    @property
    def opposite(self) -> str:
        """The filter that leaves out what this one includes; "" where there is none."""
        name = f"{self.name}_not"
        return name if name in _EXCLUDING else ""


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter and the search without it."""

    label: str
    value: str
    href: str
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class ActiveSearch:
    """A valid search in its canonical form: names instead of aliases, no blanks, no values joined by commas."""

    url: SearchUrl
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def values(self, name: str) -> Sequence[str]:
        return self.url.parameters.get(name, ())

    def label(self, name: str, value: str) -> str:
        return self.labels.get((name, value), value)

    def chips(self) -> list[Chip]:
        return [
            Chip(label, self.label(name, value), self.url.without(name, value), name in _EXCLUDING)
            for name, label in CHIP_LABELS.items()
            for value in self.values(name)
        ]

    def hidden(self, controls: Collection[str] = _CONTROLS) -> list[tuple[str, str]]:
        """(name, value) of filters that have no control on the page."""
        return [(name, value) for name in CHIP_LABELS if name not in controls for value in self.values(name)]


def active_search(found: FilterSet, asked: QueryDict, path: str = "") -> ActiveSearch:
    """The search that a valid filter set stands for, narrowed or not, on the page at `path` (the jobs', unless given)."""
    cleaned = found.form.cleaned_data
    labels = dict(_labels(cleaned))
    named: dict[str, list[str]] = {}
    for name, value in cleaned.items():
        values = value if isinstance(value, list) else [value]
        named[name] = [_as_text(name, v, labels) for v in values if v not in (None, "")]
    if named.get("state") == [JobState.OPEN]:
        named["state"] = []  # what is searched anyway
    paging = {name: asked.getlist(name) for name in PAGING}
    url = SearchUrl({name: values for name, values in {**named, **paging}.items() if any(values)}, path)
    return ActiveSearch(url, labels)


def choice_groups(search: ActiveSearch, facets: Mapping[str, Sequence[FacetValue]]) -> list[OptionGroup]:
    return [OptionGroup(name, label, _options(search, name, facets[name])) for name, label in CHOICE_FACETS.items() if name in facets]


def facet_group(search: ActiveSearch, name: str, values: Sequence[FacetValue]) -> OptionGroup:
    return OptionGroup(name, CHIP_LABELS[name], _options(search, name, values))


def state_group(search: ActiveSearch) -> OptionGroup:
    chosen = search.values("state") or [JobState.OPEN]
    return OptionGroup("state", "State", tuple(Option(value, label, value in chosen) for value, label in JobState.choices))


def posted_group(search: ActiveSearch) -> OptionGroup:
    return within_group(search, "posted_within_days", "Posted")


def within_group(search: ActiveSearch, name: str, label: str) -> OptionGroup:
    """Spans of time for a filter of days; a span that the address names is offered too."""
    chosen = search.url.get(name)
    known = [(str(days), text) for days, text in _WITHIN]
    if chosen and chosen not in dict(known):
        known.append((chosen, f"{chosen} days"))
    return OptionGroup(name, label, tuple(Option(value, text, value == chosen) for value, text in known))


def sort_options(search: ActiveSearch) -> list[Option]:
    """The default order has no value, so that it stays out of the address."""
    default = Sort.RELEVANCE if search.url.get("q") else Sort.NEWEST
    chosen = search.url.get("sort") or default
    offered = [sort for sort in Sort if sort != Sort.RELEVANCE or default == Sort.RELEVANCE]
    return [Option("" if sort == default else sort.value, str(sort.label), sort == chosen) for sort in offered]


def _options(search: ActiveSearch, name: str, counted: Sequence[FacetValue]) -> tuple[Option, ...]:
    """The counted values and, so that no filter is lost with the next search, chosen values that were not counted."""
    chosen = search.values(name)
    label = formats.country_name if name == "country" else None
    options = [Option(v.value, label(v.value) if label else v.label, v.value in chosen, str(v.count)) for v in counted]
    known = {option.value for option in options}
    # None of a sample is not none of all.
    uncounted = "0" if counted and len(counted) < LONGEST and all(value.count.is_exact for value in counted) else ""
    missing = [Option(value, search.label(name, value), selected=True, count=uncounted) for value in chosen if value not in known]
    return tuple(sorted([*missing, *options], key=lambda option: (not option.selected, option.value == _UNKNOWN)))


def _as_text(name: str, value: Any, labels: Mapping[tuple[str, str], str]) -> str:
    """A cleaned value as it stands in an address."""
    if name in _SKILLS:
        return labels.get((name, str(value)), str(value))
    return formats.iso_utc(value) if isinstance(value, datetime) else str(value)


def _labels(cleaned: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """How the values of chips read, by (filter, value)."""
    for name, values in cleaned.items():
        if read := _READ.get(name.removesuffix("_not")):
            listed = values if isinstance(values, list) else [values] if values else []
            yield from (((name, str(value)), read(value)) for value in listed)
    for name in ("company", "company_not"):
        yield from _names(cleaned, name, Company)
    for name in _SKILLS:
        yield from _names(cleaned, name, Skill)
    for name in _MOMENTS:
        if cleaned.get(name) is not None:
            yield (name, _as_text(name, cleaned[name], {})), formats.utc(cleaned[name])


def _label_of(choices: type[TextChoices]) -> Callable[[str], str]:
    return lambda value: str(choices(value).label)


def _usd(value: int) -> str:
    return f"{formats.money(value, 'USD')} per year"


def _days(value: int) -> str:
    return "24 hours" if value == 1 else f"{value} days"


_MOMENTS = ("posted_after", "posted_before", "first_seen_after", "first_seen_before", "published_after")
_READ: Mapping[str, Callable[[Any], str]] = {
    **{name: _label_of(choices) for name, choices in _CHOICES.items()},
    "country": formats.country_name,
    "language": formats.language_name,
    "remote_from": formats.country_name,
    "min_comp": _usd,
    "max_comp": _usd,
    "min_open_jobs": lambda least: f"at least {least:,} open job{'' if least == 1 else 's'} in all",
    "has": lambda field: _HAS.get(field) or CHIP_LABELS[field],
    "agencies": _EITHER.__getitem__,
    "prospects": _EITHER.__getitem__,
    "posted_within_days": _days,
    "first_seen_within_days": _days,
    "started_within_days": _days,
    "started_as": _label_of(Start),
    "start": _label_of(Start),
    "within_days": _days,
    "found_within_days": _days,
    "reason": lambda value: SIGNAL_NAMES[Reason(value)],
}


def _names(cleaned: Mapping[str, Any], name: str, model: type[Company] | type[Skill]) -> Iterator[tuple[tuple[str, str], str]]:
    if cleaned.get(name):
        found = model._default_manager.filter(pk__in=cleaned[name]).values_list("pk", "name")
        yield from (((name, str(pk)), label) for pk, label in found)
