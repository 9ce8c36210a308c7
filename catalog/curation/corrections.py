"""Corrections by curators: kept apart from what was extracted, and applied last, so that no later run overwrites them.

Whoever writes a correction locks the job or company that it is of before it, so that no two wait for each other. Corrections of
companies and publications keep out of each other's transactions: a job that is not committed yet would keep the name that was corrected.
One lock for all companies, taken first, since a publication is of many and cannot take theirs in one order with what it learns of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from catalog import locks
from catalog.changes import change_announce
from catalog.curation.change_log import change_log
from catalog.curation.corrected import COMPANY_FIELDS, JOB_FIELDS, corrected, corrected_details
from catalog.curation.refusals import PAY_FIELDS, refuse_country, refuse_pay
from catalog.errors import CorrectionError
from catalog.facts import JobFacts
from catalog.models import Company, FieldCorrection, Job, JobContent
from catalog.publishing.publish_rows import plain_json
from catalog.row_ids import row_id
from catalog.search.places import job_places
from catalog.violations import violated

_CONTENT_FIELDS = frozenset(("job_summary",))
_DETAILS = ("evidence", "locations", "salary")


@transaction.atomic
def job_correct(*, job: Job, field: str, value: Any, by: str, reason: str = "") -> FieldCorrection:
    """Set a field of a job to what the curator says, now and after every later publication.

    `value` None empties a field that may be empty. Raises CorrectionError for a field or value that cannot be.
    """
    job = _locked_job(job.pk)
    value = job_value(job=job, field=field, value=value)
    standing = _standing(job, field)
    correction, _ = FieldCorrection.objects.update_or_create(
        job=job, field=field, defaults=_row(value, _extracted(job, field, standing), by, reason)
    )
    _apply(job, {field: value})
    change_log(subject=job, action=f"correct {field}", by=by, before={field: standing}, after={field: value})
    return correction


@transaction.atomic
def company_correct(*, company: Company, field: str, value: Any, by: str, reason: str = "") -> FieldCorrection:
    """The same for a company; its jobs show it too. Raises CorrectionError."""
    company = _locked_company(company.pk)
    value = company_value(company=company, field=field, value=value)
    standing = getattr(company, field)
    known = FieldCorrection.objects.filter(company=company, field=field).first()
    correction, _ = FieldCorrection.objects.update_or_create(
        company=company, field=field, defaults=_row(value, known.extracted if known else {"value": standing}, by, reason)
    )
    _apply_company(company, field, value)
    change_log(subject=company, action=f"correct {field}", by=by, before={field: standing}, after={field: value})
    return correction


def job_value(*, job: Job, field: str, value: Any) -> Any:
    """The value as the job would hold it. Raises CorrectionError for a field or value that cannot be. Writes nothing."""
    if field not in JOB_FIELDS:
        raise CorrectionError(f"{field!r} of a job cannot be corrected; these can: {', '.join(JOB_FIELDS)}")
    value = _cleaned(JobContent if field in _CONTENT_FIELDS else Job, field, value)
    if field in PAY_FIELDS:
        refuse_pay(field, value, (job.salary_min_usd, job.salary_max_usd))
    return value


def company_value(*, company: Company, field: str, value: Any) -> Any:
    """The same of a company."""
    if field not in COMPANY_FIELDS:
        raise CorrectionError(f"{field!r} of a company cannot be corrected; these can: {', '.join(COMPANY_FIELDS)}")
    value = _cleaned(Company, field, value)
    if field == "domain" and value and Company.objects.filter(domain=value).exclude(pk=company.pk).exists():
        raise _domain_taken(value)
    return value


def field_choices(field: str) -> Sequence[tuple[Any, Any]]:
    """(value, label) of a job's field with a closed vocabulary; none of any other."""
    if field not in JOB_FIELDS or field in _CONTENT_FIELDS:
        return ()
    return list(cast("models.Field[Any, Any]", Job._meta.get_field(field)).choices or ())


def field_standing(asked: Mapping[str, str]) -> Any:
    """What stands in `field` of `job` or `company` (ids) now; None where there is no such thing."""
    field, job_id, company_id = asked.get("field", ""), row_id(asked.get("job", "")), row_id(asked.get("company", ""))
    if field in JOB_FIELDS and job_id is not None:
        job = Job.objects.select_related("content").filter(pk=job_id).first()
        return _standing(job, field) if job else None
    if field in COMPANY_FIELDS and company_id is not None:
        return Company.objects.filter(pk=company_id).values_list(field, flat=True).first()
    return None


@transaction.atomic
def correction_withdraw(*, correction: FieldCorrection, by: str) -> None:
    """Take a correction back: the field shows again what was extracted.

    Raises CorrectionError when it is taken back already, or another company has that domain now.
    """
    subject, correction = _locked(correction)
    field, extracted = correction.field, correction.extracted
    correction.delete()
    if isinstance(subject, Company):
        _apply_company(subject, field, extracted["value"])
    else:
        _restore(subject, field, extracted)
    change_log(subject=subject, action=f"withdraw {field}", by=by, before={field: correction.value}, after={field: extracted["value"]})


def company_corrections_hold_off() -> None:
    """No company is corrected until the transaction's end. Call it before the transaction locks a company or job."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [locks.CORRECTION])


def facts_corrected(facts: Sequence[JobFacts], companies: Mapping[tuple[str, str], int]) -> list[JobFacts]:
    """The facts as curators want them; what they replace is noted in the corrections. `companies` maps a board to its company's id.

    Where a job is corrected, all jobs of these postings are locked until the transaction's end.
    """
    postings = [item.posting_id for item in facts]
    wanted = FieldCorrection.objects.filter(Q(job__posting_id__in=postings) | Q(company__in=set(companies.values()))).select_related("job")
    found = list(wanted)
    if any(correction.job_id for correction in found):
        _lock_jobs(posting_id__in=postings)
        found = list(wanted.all())  # again: a curator may have changed some meanwhile
    of_posting: dict[int, list[FieldCorrection]] = defaultdict(list)
    of_company: dict[int, list[FieldCorrection]] = defaultdict(list)
    for correction in found:
        if correction.job is not None:
            of_posting[correction.job.posting_id].append(correction)
        elif correction.company_id is not None:
            of_company[correction.company_id].append(correction)
    return [_corrected_facts(item, of_posting[item.posting_id], of_company[companies[item.source_type, item.source_key]]) for item in facts]


def _lock_jobs(**which: Any) -> None:
    """In the order of posting ids, as publishing writes them."""
    list(Job.objects.select_for_update().filter(**which).order_by("posting_id").values_list("pk"))


def _corrected_facts(item: JobFacts, job: Sequence[FieldCorrection], company: Sequence[FieldCorrection]) -> JobFacts:
    values = {f"company_{correction.field}": correction.value for correction in company}
    for correction in job:
        details = {name: getattr(item, name) for name in _DETAILS}
        correction.extracted = plain_json({"value": getattr(item, correction.field), **details})
        correction.save(update_fields=["extracted"])
        values[correction.field] = correction.value
    return corrected(item, values) if values else item


def _cleaned(model: type[Job | JobContent | Company], field: str, value: Any) -> Any:
    column = cast("models.Field[Any, Any]", model._meta.get_field(field))
    if column.null and value == "":
        value = None
    if column.choices and value not in (names := [name for name, _ in field_choices(field)]):
        raise CorrectionError(f"{field}: {value!r} is not one of {', '.join(names)}")
    if field == "location_country" and value:
        refuse_country(value)
    try:
        return column.clean(value, None)
    except ValidationError as error:
        raise CorrectionError(f"{field}: {' '.join(error.messages)}") from error


def _domain_taken(domain: str) -> CorrectionError:
    return CorrectionError(f"another company has the domain {domain!r} already")


def _locked(correction: FieldCorrection) -> tuple[Job | Company, FieldCorrection]:
    """What the correction is of, and the correction, as they are once nobody else writes them."""
    try:
        company_id = cast("int", correction.company_id)  # one of both is there, by a constraint
        subject = _locked_company(company_id) if correction.job_id is None else _locked_job(correction.job_id)
        return subject, FieldCorrection.objects.select_for_update().get(pk=correction.pk)
    except ObjectDoesNotExist as error:
        raise CorrectionError(f"the correction of {correction} is taken back already") from error


def _locked_job(pk: int) -> Job:
    return Job.objects.select_for_update(of=("self",)).select_related("content").get(pk=pk)


def _locked_company(pk: int) -> Company:
    """Waits for the publications under way. Not the key: who writes rows that refer to the company need not wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [locks.CORRECTION])
    return Company.objects.select_for_update(no_key=True).get(pk=pk)


def _row(value: Any, extracted: Mapping[str, Any], by: str, reason: str) -> dict[str, Any]:
    return {"value": value, "extracted": dict(extracted), "corrected_by": by, "reason": reason, "corrected_at": timezone.now()}


def _extracted(job: Job, field: str, standing: Any) -> dict[str, Any]:
    """What the newest extraction says of a field, and its details: where something is corrected already, the corrections know it."""
    known = {correction.field: correction.extracted for correction in FieldCorrection.objects.filter(job=job)}
    details = next(iter(known.values()), None) or {name: getattr(job.content, name) for name in _DETAILS}
    return {**details, "value": known[field]["value"] if field in known else standing}


def _standing(job: Job, field: str) -> Any:
    return getattr(job.content if field in _CONTENT_FIELDS else job, field)


def _apply(job: Job, values: Mapping[str, Any]) -> None:
    """Show the values at once; the words that are searched follow with the next publication."""
    content = job.content
    for name, detail in corrected_details(content.evidence, content.locations, content.salary, values).items():
        setattr(content, name, detail)
    _write(job, values)


def _restore(job: Job, field: str, extracted: Mapping[str, Any]) -> None:
    """Show what was extracted, and beside it what else is corrected."""
    for name in _DETAILS:
        setattr(job.content, name, extracted[name])
    _write(job, {field: extracted["value"]})
    if others := dict(FieldCorrection.objects.filter(job=job).values_list("field", "value")):
        _apply(job, others)


def _write(job: Job, values: Mapping[str, Any]) -> None:
    content = job.content
    for field, value in values.items():
        setattr(content if field in _CONTENT_FIELDS else job, field, value)
    job.places = job_places(locations=content.locations, location_text=job.location_text)
    job.updated_at = change_announce()
    job.save(update_fields=[*(field for field in values if field not in _CONTENT_FIELDS), "places", "updated_at"])
    content.save(update_fields=[*_DETAILS, *(field for field in values if field in _CONTENT_FIELDS)])


def _apply_company(company: Company, field: str, value: Any) -> None:
    _lock_jobs(company=company)
    setattr(company, field, value)
    try:
        with transaction.atomic():
            company.save(update_fields=[field])
    except IntegrityError as error:
        if violated(error) != "company_domain":
            raise
        raise _domain_taken(value) from error
    Job.objects.filter(company=company).update(**{f"company_{field}": value, "updated_at": change_announce()})
