"""Facts as table rows: which column gets what. Pure, and what PostgreSQL cannot store is made storable here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import orjson

from catalog.facts import JobFacts, JobStatus, SkillMention
from catalog.search.places import job_places

# Tokenising is the dearest step of the write path (see README, "Search"): of the text this many characters are indexed.
# Title, company, skills and summary are indexed whole, and skills are found anywhere in the text.
INDEXED_TEXT_CHARS = 1_500

STATUS_FIELDS = ("last_seen_at", "missing_since", "closed_at", "reopened_count")
_LIMITS = {
    "url": 2000,
    "title": 1000,
    "role_title": 1000,
    "company_name": 300,
    "company_domain": 253,
    "location_text": 2000,
    "location_city": 200,
}
_PLAIN = (
    "posting_id extraction_id source_type source_key source_job_id url company_name company_domain title role_title seniority_level job_function "
    "remote_type employment_type location_text location_city location_state location_country salary_min_usd salary_max_usd confidence needs_tier2 "
    "tier provider language is_prospect posted_at first_seen_at last_seen_at missing_since closed_at reopened_count"
).split()
JOB_COLUMNS = (*_PLAIN, "company_id", "facts_hash", "places", "skill_ids")
INCOMING_COLUMNS = (*JOB_COLUMNS, "words_b", "words_c", "words_d")
CONTENT_COLUMNS = (
    "job_id text job_summary key_functions_hired_for skills_raw tools_raw notes highlights evidence salary locations"
).split()
SKILL_COLUMNS = ("job_id", "skill_id", "surface", "section", "start", "end", "mentions")

_HASHED = attrgetter(*(f.name for f in fields(JobFacts) if f.name not in (*STATUS_FIELDS, "posting_id", "extraction_id")))
_plain_values = attrgetter(*_PLAIN)


def latest_by_posting(facts: Sequence[JobFacts]) -> list[JobFacts]:
    """One for each posting, the newest extraction's (of equals the last), in the order of posting ids."""
    latest: dict[int, JobFacts] = {}
    for item in facts:
        if item.posting_id not in latest or item.extraction_id >= latest[item.posting_id].extraction_id:
            latest[item.posting_id] = item
    return [latest[posting_id] for posting_id in sorted(latest)]


def facts_hash(item: JobFacts) -> int:
    """64 signed bits over everything that is published, the status apart."""
    digest = blake2b(orjson.dumps(_HASHED(item), default=_as_list), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


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


def job_row(item: JobFacts, *, company_id: int, skill_ids: Mapping[str, int], facts_hash: int) -> list[Any]:
    """A row of INCOMING_COLUMNS."""
    plain = [_storable(value, _LIMITS.get(name)) for name, value in zip(_PLAIN, _plain_values(item), strict=True)]
    places = job_places(locations=item.locations, location_text=item.location_text)
    ids = sorted({skill_ids[mention.skill] for mention in item.skills})
    words = (_skill_words(item), item.job_summary, item.text[:INDEXED_TEXT_CHARS])
    return [*plain, company_id, facts_hash, _storable(places), ids, *map(_storable, words)]


def content_row(item: JobFacts, job_id: int) -> list[Any]:
    """A row of CONTENT_COLUMNS."""
    lists = (item.key_functions_hired_for, item.skills_raw, item.tools_raw, item.notes)
    salary = _json(item.salary) if item.salary is not None else None
    texts = (_storable(item.text), _storable(item.job_summary))
    return [
        job_id,
        *texts,
        *(_storable(list(values)) for values in lists),
        _json(item.highlights),
        _json(item.evidence),
        salary,
        _json(item.locations),
    ]


def skill_rows(item: JobFacts, job_id: int, skill_ids: Mapping[str, int]) -> Iterator[list[Any]]:
    """Rows of SKILL_COLUMNS: one for each skill, with its first mention in the text, else in the title."""
    mentions: dict[str, list[SkillMention]] = {}
    for mention in item.skills:
        mentions.setdefault(mention.skill, []).append(mention)
    for skill, found in mentions.items():
        first = min(found, key=lambda m: (m.start is None, m.start or 0))
        yield [job_id, skill_ids[skill], _storable(first.surface, 200), first.section[:40], first.start, first.end, min(len(found), 32_767)]


def _skill_words(item: JobFacts) -> str:
    """What weight B indexes: the company, and its skills by their names and as written."""
    words = dict.fromkeys([item.company_name, *(word for mention in item.skills for word in (mention.skill, mention.surface))])
    return " · ".join([*words, *item.skills_raw, *item.tools_raw])


def _storable(value: Any, limit: int | None = None) -> Any:
    """PostgreSQL's text has no NUL: the replacement character takes its place, so that offsets stay right."""
    if isinstance(value, str):
        return (value.replace("\0", "\N{REPLACEMENT CHARACTER}") if "\0" in value else value)[:limit]
    if isinstance(value, Mapping):
        return {key: _storable(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(member) for member in value]
    return value


def _json(value: Any) -> str:
    text = orjson.dumps(value, default=_as_list).decode()
    return orjson.dumps(_storable(orjson.loads(text))).decode() if "\\u0000" in text else text


def _as_list(value: Any) -> Any:
    """Tuples, sets of slots and other sequences or mappings, as orjson takes them."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"not JSON: {type(value).__name__}")
