"""The admin's form for a verdict on an unknown term."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError

from catalog import formats
from catalog.choices import SkillKind, TermVerdict
from catalog.curation.term_refusals import refuse_accept, refuse_merge, refuse_undoing
from catalog.curation.terms_alike import skills_alike
from catalog.errors import CurationError
from catalog.models import Skill, UnknownTerm
from catalog.services import term_accept, term_merge, term_reject, term_reopen


def _categories() -> list[tuple[str, str]]:
    names = Skill.objects.order_by("category").values_list("category", flat=True).distinct()
    return [("", "---"), *((name, formats.category(name)) for name in names)]


class VerdictForm(forms.ModelForm):  # type: ignore[type-arg]
    """One verdict on one term; what it needs depends on the verdict. `decide` carries out what was found valid."""

    decision = forms.ChoiceField(
        choices=[
            ("", "Leave it as it is"),
            (TermVerdict.ACCEPTED, "Accept: it is a skill or tool of its own"),
            (TermVerdict.MERGED, "Merge: it is a way to write a skill that is there"),
            (TermVerdict.REJECTED, "Reject: it is no skill"),
            (TermVerdict.OPEN, "Take a rejection back: it waits again"),
        ],
        required=False,
    )
    name = forms.CharField(required=False, max_length=100, help_text="accept: the canonical name, when it is not the term as written")
    kind = forms.ChoiceField(choices=[("", "---"), *SkillKind.choices], required=False, help_text="accept")
    category = forms.ChoiceField(choices=_categories, required=False, help_text="accept: a new category is made at a skill, in the admin")
    is_another = forms.BooleanField(
        required=False, label="is another", help_text="accept: it is another skill than those that it looks like"
    )
    target = forms.ModelChoiceField(
        Skill.objects.active().order_by("name"),
        required=False,
        widget=AutocompleteSelect(UnknownTerm._meta.get_field("skill"), admin.site),
        help_text="merge: the skill that it means",
    )
    ambiguous = forms.BooleanField(required=False, help_text="also an ordinary word: it will need exact case and context")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        match cleaned.get("decision"):
            case TermVerdict.ACCEPTED if not (cleaned.get("kind") and cleaned.get("category")):
                raise ValidationError("To accept a term, choose its kind and its category.")
            case TermVerdict.ACCEPTED if not cleaned.get("is_another"):
                self._warn(cleaned["name"] or self.instance.form)
            case TermVerdict.MERGED if not cleaned.get("target"):
                raise ValidationError("To merge a term, choose the skill that it means.")
        try:
            self._refuse(cleaned)
        except CurationError as error:
            raise ValidationError(str(error)) from error
        return cleaned

    def _warn(self, name: str) -> None:
        """Before one skill stands in the vocabulary twice."""
        if alike := skills_alike(name):
            raise ValidationError(f"{name} looks like {', '.join(alike)}: merge it, or tick “is another” to accept it all the same.")

    def _refuse(self, cleaned: dict[str, Any]) -> None:
        match cleaned.get("decision"):
            case TermVerdict.ACCEPTED:
                refuse_accept(term=self.instance, name=cleaned["name"] or self.instance.form, category=cleaned["category"])
            case TermVerdict.MERGED:
                refuse_merge(term=self.instance, skill=cleaned["target"])
            case TermVerdict.REJECTED | TermVerdict.OPEN:
                refuse_undoing(term=self.instance)

    def decide(self, *, by: str) -> None:
        """Carry the verdict out. Raises CurationError where another curator was faster."""
        term, cleaned = self.instance, self.cleaned_data
        match cleaned["decision"]:
            case TermVerdict.ACCEPTED:
                values = {name: cleaned[name] for name in ("name", "kind", "category", "ambiguous")}
                term_accept(term=term, by=by, **values)
            case TermVerdict.MERGED:
                term_merge(term=term, skill=cleaned["target"], ambiguous=cleaned["ambiguous"], by=by)
            case TermVerdict.REJECTED:
                term_reject(term=term, by=by)
            case TermVerdict.OPEN:
                term_reopen(term=term, by=by)
