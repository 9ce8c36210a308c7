"""The queue of unknown terms: counted over the texts of the open jobs, kept bounded, never asking twice what was decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.choices import JobState, TermVerdict
from catalog.curation.terms import candidates, context, wider
from catalog.models import JobContent, SkillAlias, UnknownTerm
from catalog.vocabulary.skills import fold

QUEUE_SIZE = 2_000
"""So many open terms are kept, the most frequent."""

MIN_POSTINGS = 2
EXAMPLES = 3
_READ_AT_ONCE = 500
_COUNTED = ("form", "posting_count", "company_count", "examples", "counted_at")


@dataclass(slots=True)
class _Count:
    """One term while it is counted."""

    postings: int = 0
    companies: set[int] = field(default_factory=set)
    forms: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TermsCounted:
    """What a count left: jobs read, terms that wait for a verdict, and those of them that are new."""

    jobs: int
    open: int
    new: int


def unknown_terms_count(*, on_progress: Callable[[int], None] = lambda jobs: None) -> TermsCounted:
    """Read the texts of all open jobs and bring the queue up to date. `on_progress` is told how many jobs were read.

    Terms that a curator has decided on keep their verdict, and their counts stay fresh.
    """
    known = set(SkillAlias.objects.values_list("folded", flat=True))
    counts: dict[str, _Count] = defaultdict(_Count)
    jobs = 0
    for job_id, company_id, company_name, text in _texts():
        _count_text(counts, known, job_id, company_id, company_name, text)
        jobs += 1
        if jobs % _READ_AT_ONCE == 0:
            on_progress(jobs)
    on_progress(jobs)
    return _store(counts, jobs)


def jobs_to_read() -> int:
    """How many jobs a count reads."""
    return JobContent.objects.filter(job__state=JobState.OPEN).count()


def _texts() -> Iterator[tuple[int, int, str, str]]:
    rows = JobContent.objects.filter(job__state=JobState.OPEN).order_by("job_id")
    yield from rows.values_list("job_id", "job__company_id", "job__company_name", "text").iterator(_READ_AT_ONCE)


def _count_text(counts: dict[str, _Count], known: set[str], job_id: int, company_id: int, company_name: str, text: str) -> None:
    own = fold(company_name)
    seen: set[str] = set()
    for found in candidates(text):
        key = fold(found.form)
        bare = key.removesuffix("'s").removesuffix("’s")  # "Kafka's ecosystem"
        if key in seen or {key, bare} & known or own in (key, bare) or any(fold(name) in known for name in wider(text, found)):
            continue
        seen.add(key)
        count = counts[key]
        count.postings += 1
        count.forms[found.form] += 1
        if company_id not in count.companies:
            _add_example(count.examples, job_id, context(text, found))
        count.companies.add(company_id)


def _add_example(examples: list[dict[str, Any]], job_id: int, words: dict[str, str]) -> None:
    """Of other words than those that are there: postings are copied from each other."""
    if len(examples) < EXAMPLES and words not in [{name: shown[name] for name in words} for shown in examples]:
        examples.append({"job_id": job_id, **words})


@transaction.atomic
def _store(counts: dict[str, _Count], jobs: int) -> TermsCounted:
    standing = dict(UnknownTerm.objects.values_list("folded", "verdict"))
    decided = {key for key, verdict in standing.items() if verdict != TermVerdict.OPEN}
    kept = _most_frequent(counts, decided) | {key: counts[key] for key in decided & counts.keys()}
    now = timezone.now()
    rows = [
        UnknownTerm(
            folded=key,
            form=max(count.forms, key=lambda form: (count.forms[form], form)),
            posting_count=count.postings,
            company_count=len(count.companies),
            examples=count.examples,
            counted_at=now,
        )
        for key, count in kept.items()
    ]
    UnknownTerm.objects.bulk_create(rows, update_conflicts=True, unique_fields=["folded"], update_fields=_COUNTED, batch_size=1_000)
    UnknownTerm.objects.filter(verdict=TermVerdict.OPEN).exclude(counted_at=now).delete()
    waiting = [key for key in kept if key not in decided]
    return TermsCounted(jobs=jobs, open=len(waiting), new=sum(key not in standing for key in waiting))


def _most_frequent(counts: dict[str, _Count], decided: Iterable[str]) -> dict[str, _Count]:
    without = set(decided)
    frequent = [(key, count) for key, count in counts.items() if count.postings >= MIN_POSTINGS and key not in without]
    frequent.sort(key=lambda item: (-item[1].postings, -len(item[1].companies), item[0]))
    return dict(frequent[:QUEUE_SIZE])
