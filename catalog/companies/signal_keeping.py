"""The table of all companies' signals, in line with their jobs: upkeep follows the jobs' changes, a command makes it anew.

What is true of a company depends on its jobs alone, so that whoever ends in the middle, or comes twice, does no harm. A batch
is one transaction with the position it leads to; the position's row is locked meanwhile, so that nobody writes what an
older look at a company has told, and its companies are held, so that none goes meanwhile; one that somebody else holds is
left to a later batch. What is older than WINDOWS when it is found is no news, and not written: a catalogue of years would
begin with millions. A signal that stands stays as history, also when its jobs are closed; it goes when the rules do not
give it any more: its posting was read better, or moved to another company. Nothing new is told of companies with more jobs
than a history holds; what stands of them stays.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile

import structlog
from django.db import connection, transaction
from django.utils import timezone

from catalog.changes import Position, settled_until
from catalog.choices import SkillKind
from catalog.companies.company_history import company_history
from catalog.companies.hiring_signals import WINDOWS, Reason, Signal, all_signals, started_headline
from catalog.companies.hiring_starts import Start
from catalog.companies.hiring_surges import SURGE_DAYS
from catalog.models import ChangeReader, Company, CompanySignal, Job, Skill

log = structlog.get_logger(__name__)
READER = "signals"
# Of one transaction, so that nobody who changes a company waits for long.
_CHANGES = 500
_COMPANIES = 100
# Until a company that is being changed is tried again.
_PAUSE_S = 0.1
_MERGE = """
    UPDATE catalog_companysignal s SET skill_id = %(target)s, subject = %(target)s::text
    WHERE s.skill_id = %(source)s AND NOT EXISTS (
        SELECT 1 FROM catalog_companysignal other
        WHERE other.company_id = s.company_id AND other.reason = s.reason AND other.subject = %(target)s::text
    )
"""
_HOLD = "SELECT id FROM catalog_company WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE SKIP LOCKED"
# What is a first of nothing, and is shown by another job at nearly the same time, is the same surge or pause.
_SAME = timedelta(days=SURGE_DAYS)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_COMPARED = ("headline", "at", "start", "skill_id", "job_function", "location_country", "figures", "is_over")
_IDENTITY = ("company_id", "reason", "subject", "job_id")


def signals_keep(*, seconds: float) -> int:
    """Follow the changes of jobs for about so long. Returns how many are done: none while another process does the same."""
    until, done = time.monotonic() + seconds, 0
    _reader()
    while seen := _follow(until):
        done += seen
        if time.monotonic() > until:
            break
    return done


def signals_behind() -> timedelta:
    """For how long the oldest change that is not followed yet has been waiting; nothing where none does."""
    reader = ChangeReader.objects.filter(name=READER).first() or ChangeReader(changed_at=_BEGINNING)
    position = Position(reader.changed_at, reader.job_id)
    waiting = Job.objects.changed_since(position).values_list("updated_at", flat=True).first()
    return timezone.now() - waiting if waiting else timedelta()


def signals_rebuild(*, on_progress: Callable[[int], None] = lambda done: None) -> int:
    """Make them of all companies anew, reporting how many of these are done. Returns the number of signals there are then."""
    begun, done = settled_until(), 0
    _reader()
    for companies in _all_companies():
        left: Sequence[int] = companies
        while left := _rebuilt(left):
            time.sleep(_PAUSE_S)
        done += len(companies)
        on_progress(done)
    ChangeReader.objects.filter(name=READER, changed_at__lt=begun).update(changed_at=begun, job_id=0)
    return CompanySignal.objects.count()


def signals_hold() -> None:
    """Until the transaction's end nobody follows changes. To be called before a row is locked that signals refer to."""
    ChangeReader.objects.select_for_update().filter(name=READER).first()


def signals_rename(*, skill: Skill) -> None:
    """Tell a skill's signals by its name, or not any more where it is no tool now. Needs `signals_hold`."""
    signals = CompanySignal.objects.filter(skill=skill)
    if skill.kind == SkillKind.TOOL:
        signals.update(headline=started_headline(skill.name))
    else:
        signals.delete()


def signals_merge(*, source: Skill, target: Skill) -> None:
    """Signals of one skill become those of another one, as they were found. Needs `signals_hold`."""
    with connection.cursor() as cursor:
        cursor.execute(_MERGE, {"source": source.pk, "target": target.pk})


def _reader() -> None:
    ChangeReader.objects.get_or_create(name=READER, defaults={"changed_at": _BEGINNING})


@transaction.atomic
def _follow(until: float) -> int:
    """Look at the companies of the next changes. Returns how many changes are done: those before the first that has to wait."""
    reader = ChangeReader.objects.select_for_update(skip_locked=True).filter(name=READER).first()
    if reader is None:
        return 0
    changed = Job.objects.changed_since(Position(reader.changed_at, reader.job_id)).values_list("updated_at", "pk", "company_id")
    rows = list(changed[:_CHANGES])
    concerned = _concerned([(job, company) for _, job, company in rows])
    companies = list(dict.fromkeys(company for some in concerned for company in some))[:_COMPANIES]
    looked_at = _bring_in_line(companies, until=until, at_least=len(concerned[0])) if rows else set()
    done = sum(1 for _ in takewhile(looked_at.issuperset, concerned))
    if done:
        reader.changed_at, reader.job_id, _ = rows[done - 1]
        reader.save()
    return done


def _concerned(changed: Sequence[tuple[int, int]]) -> list[set[int]]:
    """Of each changed job and its company: this one, and who has lost to it a job that shows a signal."""
    shown: defaultdict[int, set[int]] = defaultdict(set)
    signals = CompanySignal.objects.filter(job__in=[job for job, _ in changed])
    for job, company in signals.values_list("job_id", "company_id"):
        shown[job].add(company)
    return [{company, *shown[job]} for job, company in changed]


@transaction.atomic
def _rebuilt(companies: Sequence[int]) -> list[int]:
    """Returns those that have to be tried again."""
    ChangeReader.objects.select_for_update().get(name=READER)
    done = _bring_in_line(companies)
    return [company for company in companies if company not in done]


def _all_companies() -> Iterator[Sequence[int]]:
    after = 0
    while ids := list(Company.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:_COMPANIES]):
        yield ids
        after = ids[-1]


def _bring_in_line(companies: Sequence[int], *, until: float = math.inf, at_least: int = 1) -> set[int]:
    """Write what differs, and delete what is not true any more. Returns who is done, or gone.

    Left out are those that somebody changes meanwhile and, past the time, those after the first `at_least`.
    """
    free, gone = _free(companies)
    tools = dict(Skill.objects.filter(kind=SkillKind.TOOL).values_list("pk", "name"))
    wanted: list[CompanySignal] = []
    known: list[int] = []
    done: set[int] = set()
    for company in free:
        if len(done) >= at_least and time.monotonic() > until:
            break
        done.add(company)
        signals = _signals(company, tools)
        if signals is not None:
            known.append(company)
            wanted += signals
    _write(wanted, known)
    _end(done.difference(known))
    return done | gone


def _signals(company: int, tools: Mapping[int, str]) -> list[CompanySignal] | None:
    """None where what stands stays: of a company with more jobs than a history holds, and of one that the rules trip over."""
    history = company_history(company)
    if history.is_cut:
        return None
    try:
        return [_row(company, signal) for signal in all_signals(history, tools=tools)]
    except Exception:  # a history nobody foresaw must not keep all others waiting
        log.exception("a company's signals could not be made", company=company)
        return None


def _free(companies: Sequence[int]) -> tuple[list[int], set[int]]:
    """Those that stay as they are until the transaction's end, and those that are gone.

    Waits for nobody: who moves a company's jobs to another one holds it, and then wants its signals.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [list(companies)])
        held = {company for (company,) in cursor.fetchall()}
    others = set(companies) - held
    standing = Company.objects.filter(pk__in=others).values_list("pk", flat=True) if others else ()
    return [company for company in companies if company in held], others.difference(standing)


def _write(wanted: Sequence[CompanySignal], companies: Collection[int]) -> None:
    """Of these companies the signals are those that are wanted."""
    standing = {_identity(row): row for row in CompanySignal.objects.filter(company__in=companies)}
    gone = standing.keys() - {_identity(row) for row in wanted}
    taken_over = _take_over([row for row in wanted if _identity(row) not in standing], [standing[identity] for identity in gone])
    CompanySignal.objects.bulk_update(taken_over, ["job_id", *_COMPARED])
    now = timezone.now()
    changed = [row for row in wanted if not row.pk and _is_news(row, standing.get(_identity(row)), now)]
    CompanySignal.objects.bulk_create(changed, update_conflicts=True, unique_fields=_IDENTITY, update_fields=_COMPARED)
    left = {standing[identity].pk for identity in gone}.difference(row.pk for row in taken_over)
    CompanySignal.objects.filter(pk__in=left).delete()


def _take_over(new: Sequence[CompanySignal], gone: Sequence[CompanySignal]) -> list[CompanySignal]:
    """Those of `new` that tell of another job what one of `gone` has told: these get its key, since they are no news."""
    told: defaultdict[tuple[object, ...], list[CompanySignal]] = defaultdict(list)
    for row in gone:
        told[row.company_id, row.reason, row.subject].append(row)
    for row in new:
        alike = told[row.company_id, row.reason, row.subject]
        if alike and (row.subject or min(_apart(row, one) for one in alike) <= _SAME):
            former = min(alike, key=partial(_apart, row))
            alike.remove(former)
            row.pk = former.pk
    return [row for row in new if row.pk]


def _apart(one: CompanySignal, other: CompanySignal) -> timedelta:
    return abs(one.at - other.at)


def _end(companies: Collection[int]) -> None:
    """Of companies that are too large to be looked at: a signal is over with the job that shows it."""
    for is_over in (True, False) if companies else ():
        rows = CompanySignal.objects.filter(company__in=companies, is_over=not is_over, job__missing_since__isnull=not is_over)
        rows.update(is_over=is_over)


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
        location_country=signal.subject if signal.reason == Reason.FIRST_COUNTRY else signal.job.country,
        figures=dict(signal.figures),
        is_over=signal.is_over,
    )


def _identity(row: CompanySignal) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _IDENTITY)


def _is_news(wanted: CompanySignal, standing: CompanySignal | None, now: datetime) -> bool:
    if standing is None:
        return wanted.at >= now - WINDOWS[Start(wanted.start)]
    return any(getattr(standing, name) != getattr(wanted, name) for name in _COMPARED)
