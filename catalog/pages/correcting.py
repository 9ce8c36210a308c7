"""Where a reader of a job page corrects a wrong fact, or reports it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from catalog.curation.corrected import JOB_FIELDS
from catalog.models import Job

_FIELDS: Mapping[str, str] = {"location": "location_city", "salary": "salary_min_usd"}
"""Lines of the sheet that show several columns: the one to begin with."""
_COMPANY_FIELDS: Mapping[str, str] = {"company_name": "name", "company_domain": "domain"}
_PERMISSION = "catalog.add_fieldcorrection"


def may_correct(user: Any) -> bool:
    """Whether the admin's form for a correction opens to this user."""
    return bool(user.is_staff and user.has_perm(_PERMISSION))


def correct_href(job: Job, line: str = "") -> str:
    """The form for a correction of this line of the sheet, of any field without one; "" for a line that no field stands behind."""
    if not line:
        return _form({"job": job.pk})
    if line in _COMPANY_FIELDS:
        return _form({"company": job.company_id, "field": _COMPANY_FIELDS[line]})
    field = _FIELDS.get(line, line)
    return _form({"job": job.pk, "field": field}) if field in JOB_FIELDS else ""


def report_href(request: HttpRequest, job: Job) -> str:
    """A letter about this job to those who run the site (RFC 6068); "" where no `CONTACT_EMAIL` is set."""
    if not settings.CONTACT_EMAIL:
        return ""
    address = request.build_absolute_uri(reverse("catalog:job", args=[job.pk]))
    question = "Which fact is wrong, and what is right?"
    letter = {"subject": f"Wrong fact: {job.title} at {job.company_name}", "body": f"{address}\r\n\r\n{question}\r\n"}
    return f"mailto:{quote(settings.CONTACT_EMAIL, safe='@')}?{urlencode(letter, quote_via=quote)}"


def _form(initial: Mapping[str, Any]) -> str:
    return f"{reverse('admin:catalog_fieldcorrection_add')}?{urlencode(initial)}"
