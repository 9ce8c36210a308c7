"""The admin's form for a correction."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from catalog.curation.corrected import COMPANY_FIELDS, JOB_FIELDS
from catalog.curation.corrections import company_value, field_choices, job_value
from catalog.errors import CorrectionError
from catalog.models import FieldCorrection
from catalog.services import company_correct, job_correct

_FIELDS = [("Job", [(name, name) for name in JOB_FIELDS]), ("Company", [(name, name) for name in COMPANY_FIELDS])]


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field of one job or of one company, and the value that it should have. `correct` writes what was found valid."""

    field = forms.ChoiceField(choices=_FIELDS)
    value = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="empty = not stated, where the field may be"
    )

    class Meta:
        model = FieldCorrection
        fields = ("job", "company", "field", "value", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the choices of a field that is chosen already; one chosen in the form has them named by the error."""
        super().__init__(*args, **kwargs)
        if choices := field_choices(str(self.data.get("field") or self.initial.get("field", ""))):
            self.fields["value"].widget = forms.Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        job, company = cleaned.get("job"), cleaned.get("company")
        if bool(job) == bool(company):
            self.add_error("job", "Choose one job or one company.")
        if self.errors:
            return cleaned
        field, value = cleaned["field"], cleaned["value"]
        standing = FieldCorrection.objects.filter(job=job, company=company, field=field).first()
        self.instance = standing or self.instance  # a second correction of a field takes the place of the first
        try:
            if job:
                job_value(job=job, field=field, value=value)
            elif company:
                company_value(company=company, field=field, value=value)
        except CorrectionError as error:
            raise ValidationError(str(error)) from error
        return cleaned

    def correct(self, *, by: str) -> FieldCorrection:
        """Write it. Raises CorrectionError where another curator was faster."""
        asked = {name: self.cleaned_data[name] for name in ("field", "value", "reason")}
        if job := self.cleaned_data["job"]:
            return job_correct(job=job, by=by, **asked)
        return company_correct(company=self.cleaned_data["company"], by=by, **asked)
