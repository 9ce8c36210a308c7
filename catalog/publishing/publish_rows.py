"""Facts as table rows: which column gets what. Pure, and what PostgreSQL cannot store is made storable here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import orjson

from catalog.facts import JobFacts, JobStatus, SkillMention
from catalog.search.place_words import place_words
from catalog.search.places import job_places
from catalog.search.short_forms import other_forms

# Longer texts are no postings any more, and a vector has room for a megabyte.
INDEXED_TEXT_CHARS = 100_000
# Grows when more of a job is indexed than before, see `words_refresh`. 1: its place, and other forms of what stands in its title.
# 2: other names of what its place is in. 3: its whole text, not the beginning alone. 4: each name of a town that has several.
WORDS_VERSION = 4

STATUS_FIELDS = ("last_seen_at", "missing_since", "closed_at", "reopened_count")
# Columns of bounded length whose content comes from outside unbounded.
_CUT = {"url": 2000, "title": 1000, "role_title": 1000, "company_name": 300, "location_text": 2000, "location_city": 200}
_PLAIN = (
    "posting_id", "extraction_id", "publication", "source_type", "source_key", "source_job_id", "company_domain",
    "seniority_level", "job_function", "remote_type", "employment_type", "location_state", "location_country",
    "salary_min_usd", "salary_max_usd", "confidence", "needs_tier2", "tier", "provider", "language", "is_prospect",
    "posted_at", "first_seen_at", "last_seen_at", "missing_since", "closed_at", "reopened_count",
)  # fmt: skip
JOB_COLUMNS = (*_PLAIN, *_CUT, "company_id", "places", "skill_ids")
INCOMING_COLUMNS = (*JOB_COLUMNS, "words_b", "words_c", "words_d")
CONTENT_COLUMNS = (
    "job_id", "text", "job_summary", "key_functions_hired_for", "skills_raw", "tools_raw", "notes",
    "highlights", "evidence", "salary", "locations",
)  # fmt: skip
SKILL_COLUMNS = ("job_id", "skill_id", "surface", "section", "start", "end", "mentions")

_plain_values = attrgetter(*_PLAIN)


def latest_by_posting(facts: Sequence[JobFacts]) -> list[JobFacts]:
    """One for each posting, the newest publication (of equals the last), in the order of posting ids."""
    latest: dict[int, JobFacts] = {}
    for item in facts:
        if item.posting_id not in latest or item.publication >= latest[item.posting_id].publication:
            latest[item.posting_id] = item
    return [latest[posting_id] for posting_id in sorted(latest)]


def statuses_of(facts: Sequence[JobFacts], *, apart_from: Sequence[JobFacts]) -> list[JobStatus]:
    written = {item.posting_id for item in apart_from}
    return [
        JobStatus(item.posting_id, item.last_seen_at, item.missing_since, item.closed_at, item.reopened_count)
        for item in facts
        if item.posting_id not in written
    ]


def status_arrays(statuses: Sequence[JobStatus]) -> list[list[Any]]:
    names = ("posting_id", *STATUS_FIELDS)
    return [[getattr(status, name) for status in statuses] for name in names]


def job_row(item: JobFacts, company_id: int, skill_ids: Mapping[str, int]) -> list[Any]:
    """A row of INCOMING_COLUMNS."""
    cut = [value[:limit] if (value := getattr(item, name)) else value for name, limit in _CUT.items()]
    places = job_places(locations=item.locations, location_text=item.location_text)
    ids = sorted({skill_ids[mention.skill] for mention in item.skills})
    words = (_named_words(item, places), item.job_summary, item.text[:INDEXED_TEXT_CHARS])
    return [*_plain_values(item), *cut, company_id, _text_array(places), f"{{{','.join(map(str, ids))}}}", *words]


def content_row(item: JobFacts, job_id: int) -> list[Any]:
    """A row of CONTENT_COLUMNS."""
    lists = (item.key_functions_hired_for, item.skills_raw, item.tools_raw, item.notes)
    salary = _json(item.salary) if item.salary is not None else None
    documents = (_json(item.highlights), _json(item.evidence), salary, _json(item.locations))
    return [job_id, item.text, item.job_summary, *map(_text_array, lists), *documents]


def skill_lines(item: JobFacts, job_id: int, skill_ids: Mapping[str, int]) -> Iterator[str]:
    """Rows of SKILL_COLUMNS as lines of COPY: one for each skill, with its first mention in the text, else in the title.

    Lines, since a job has a score of them: the driver takes three times as long to write them value by value.
    """
    mentions: dict[str, list[SkillMention]] = {}
    for mention in item.skills:
        mentions.setdefault(mention.skill, []).append(mention)
    for skill, found in mentions.items():
        first = min(found, key=lambda m: (m.start is None, m.start or 0)) if len(found) > 1 else found[0]
        place = "\\N\t\\N" if first.start is None else f"{first.start}\t{first.end}"
        words = f"{_copied(first.surface[:200])}\t{_copied(first.section[:40])}"
        yield f"{job_id}\t{skill_ids[skill]}\t{words}\t{place}\t{min(len(found), 32_767)}\n"


def _copied(text: str) -> str:
    """Text as a value in a line of COPY."""
    return str(storable(text)).translate(_COPY_ESCAPES)


_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _named_words(item: JobFacts, places: Sequence[str]) -> str:
    """What weight B indexes: company, place with its other names, the title's other forms, the skills by their names and as written."""
    named = (word for mention in item.skills for word in (mention.skill, mention.surface))
    place = (item.location_text, place_words(places, item.location_text))
    words = dict.fromkeys([item.company_name, *place, other_forms(item.title), *named])
    return " · ".join(words | dict.fromkeys([*item.skills_raw, *item.tools_raw]))


def _text_array(values: Iterable[str]) -> str:
    """PostgreSQL's array literal; several times cheaper than the driver's general adaptation of lists."""
    quoted = ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
    return f"{{{quoted}}}"


def plain_json(value: Any) -> Any:
    """The value as it comes back from a JSON column."""
    return orjson.loads(_json(value))


def _json(value: Any) -> str:
    document = orjson.dumps(value, default=_plain)
    if rb"\u0000" in document:
        document = orjson.dumps(_without_nul(orjson.loads(document)))
    return document.decode()


def _plain(value: Any) -> Any:
    """Mappings and sequences of any kind, as orjson takes them."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def storable(value: Any) -> Any:
    """PostgreSQL's text has no NUL: the replacement character takes its place, so that offsets stay right."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if type(value) is str and "\0" in value else value


def _without_nul(value: Any) -> Any:
    """The same for what was decoded from JSON, whose text writes a NUL as an escape."""
    if isinstance(value, dict):
        return {key: _without_nul(member) for key, member in value.items()}
    return list(map(_without_nul, value)) if isinstance(value, list) else storable(value)
