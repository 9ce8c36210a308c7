"""The table of all companies' signals, in line with their jobs: upkeep follows the jobs' changes, a command makes it anew.

What is true of a company depends on its jobs alone, so that whoever ends in the middle, or comes twice, does no harm. A batch
is one transaction with the position it leads to; the position's row is locked meanwhile, so that nobody writes what an
older look at a company has told. What is older than WINDOW when it is found is no news, and not written: a catalogue of
years would begin with millions. A signal that stands stays as history, also when its jobs are closed; it goes when the
rules do not give it any more: its posting was read better, or moved to another company. Nothing is told of companies with
more jobs than a history holds, and what stands of them stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from catalog.changes import Position, settled_until
from catalog.choices import SkillKind
from catalog.companies.company_history import company_history
from catalog.companies.hiring_signals import WINDOW, Signal, all_signals
from catalog.models import ChangeReader, Company, CompanySignal, Job, Skill

READER = "signals"
# Changes of jobs, and companies, of one transaction.
_CHANGES = 500
_COMPANIES = 100
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_COMPARED = ("headline", "at", "start", "skill_id", "job_function", "location_country", "figures", "is_over")
_IDENTITY = ("company_id", "reason", "subject", "job_id")


def signals_keep(*, seconds: float) -> int:
    """Follow the changes of jobs for about so long. Returns how many were seen: none while another process does the same."""
    until, done = time.monotonic() + seconds, 0
    _reader()
    while seen := _follow():
        done += seen
        if seen < _CHANGES or time.monotonic() > until:
            break
    return done


def signals_rebuild(*, on_progress: Callable[[int], None] = lambda done: None) -> int:
    """Make them of all companies anew, reporting how many of these are done. Returns the number of signals there are then."""
    begun, done = settled_until(), 0
    _reader()
    for companies in _all_companies():
        with transaction.atomic():
            ChangeReader.objects.select_for_update().get(name=READER)
            _bring_in_line(companies)
        done += len(companies)
        on_progress(done)
    ChangeReader.objects.filter(name=READER, changed_at__lt=begun).update(changed_at=begun, job_id=0)
    return CompanySignal.objects.count()


def _reader() -> None:
    ChangeReader.objects.get_or_create(name=READER, defaults={"changed_at": _BEGINNING})


@transaction.atomic
def _follow() -> int:
    reader = ChangeReader.objects.select_for_update(skip_locked=True).filter(name=READER).first()
    if reader is None:
        return 0
    changed = Job.objects.changed_since(Position(reader.changed_at, reader.job_id)).values_list("updated_at", "pk", "company_id")
    rows = list(changed[:_CHANGES])
    if rows:
        # Also those that have lost such a job to another company.
        shown = CompanySignal.objects.filter(job__in=[job for _, job, _ in rows]).values_list("company_id", flat=True)
        _bring_in_line({company for _, _, company in rows}.union(shown))
        reader.changed_at, reader.job_id, _ = rows[-1]
        reader.save()
    return len(rows)


def _all_companies() -> Iterator[Sequence[int]]:
    after = 0
    while ids := list(Company.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:_COMPANIES]):
        yield ids
        after = ids[-1]


def _bring_in_line(companies: Collection[int]) -> None:
    """Write what differs, and delete what is not true any more."""
    tools = dict(Skill.objects.filter(kind=SkillKind.TOOL).values_list("pk", "name"))
    wanted: list[CompanySignal] = []
    known: list[int] = []
    for company in companies:
        history = company_history(company)
        if not history.is_cut:
            known.append(company)
            wanted += [_row(company, signal) for signal in all_signals(history, tools=tools)]
    standing = {_identity(row): row for row in CompanySignal.objects.filter(company__in=known)}
    since = timezone.now() - WINDOW
    changed = [row for row in wanted if _is_news(row, standing.get(_identity(row)), since)]
    CompanySignal.objects.bulk_create(changed, update_conflicts=True, unique_fields=_IDENTITY, update_fields=_COMPARED)
    gone = standing.keys() - {_identity(row) for row in wanted}
    CompanySignal.objects.filter(pk__in=[standing[identity].pk for identity in gone]).delete()


def _row(company: int, signal: Signal) -> CompanySignal:
    return CompanySignal(
        company_id=company,
        reason=signal.reason.value,
        subject=signal.subject,
        headline=signal.headline,
        at=signal.at,
        start=signal.start.value,
        job_id=signal.job.pk,
        skill_id=signal.skill_id,
        job_function=signal.job.function,
        location_country=signal.job.country,
        figures=dict(signal.figures),
        is_over=signal.is_over,
    )


def _identity(row: CompanySignal) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _IDENTITY)


def _is_news(wanted: CompanySignal, standing: CompanySignal | None, since: datetime) -> bool:
    if standing is None:
        return wanted.at >= since
    return any(getattr(standing, name) != getattr(wanted, name) for name in _COMPARED)
