"""The admin's form for a correction."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from catalog.curation.corrected import COMPANY_FIELDS, JOB_FIELDS
from catalog.curation.corrections import field_choices
from catalog.errors import CorrectionError
from catalog.models import FieldCorrection
from catalog.services import company_correct, job_correct

_FIELDS = [("Job", [(name, name) for name in JOB_FIELDS]), ("Company", [(name, name) for name in COMPANY_FIELDS])]


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field of one job or of one company, and the value that it should have."""

    curator = ""
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
            raise ValidationError("Choose one job or one company.")
        if self.errors:
            return cleaned
        chosen = {name: cleaned[name] for name in ("field", "value", "reason")}
        try:
            if job:
                self.instance = job_correct(job=job, by=self.curator, **chosen)
            elif company:
                self.instance = company_correct(company=company, by=self.curator, **chosen)
        except CorrectionError as error:
            raise ValidationError(str(error)) from error
        return cleaned

    def _post_clean(self) -> None:
        """The service has validated and written the row."""
