"""Form fields of the job filters: several values in one parameter, and messages that say what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.datastructures import MultiValueDict

from catalog.models import SkillAlias
from catalog.row_ids import row_id

MAX_VALUES = 50
MAX_LENGTH = 200


class SeveralInput(forms.SelectMultiple):
    """`a=1&a=2`, and `a=1,2` where values hold no commas."""

    def __init__(self, *args: Any, comma: bool = True, **kwargs: Any) -> None:
        self.comma = comma
        super().__init__(*args, **kwargs)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        raw = data.getlist(name) if isinstance(data, MultiValueDict) else data.get(name, [])
        values = [raw] if isinstance(raw, str) else list(raw)
        parts = [part for value in values for part in (str(value).split(",") if self.comma else [str(value)])]
        return [part.strip() for part in parts if part.strip()]


class SeveralField(forms.Field):
    """A list of texts, without repetitions. `comma=False` for texts that may hold commas (places, company names)."""

    widget = SeveralInput

    def __init__(self, *, comma: bool = True, **kwargs: Any) -> None:
        kwargs.pop("choices", None)
        super().__init__(widget=SeveralInput(comma=comma), **kwargs)

    def to_python(self, value: Any) -> list[Any]:
        values = list(dict.fromkeys(value or []))
        if len(values) > MAX_VALUES:
            raise ValidationError(f"at most {MAX_VALUES} values, not {len(values)}")
        return [self.one(item) for item in values]

    @classmethod
    def item_schema(cls, **options: Any) -> dict[str, Any]:
        """One value, for the OpenAPI document."""
        return {"type": "string", "maxLength": MAX_LENGTH}

    def one(self, value: str) -> Any:
        if len(value) > MAX_LENGTH:
            raise ValidationError(f"at most {MAX_LENGTH} characters")
        ProhibitNullCharactersValidator()(value)
        return value


class SeveralChoicesField(SeveralField):
    """Members of a closed vocabulary, in any case of letters."""

    def __init__(self, *, choices: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        self.choices = list(choices)
        super().__init__(**kwargs)
        self.widget.choices = self.choices

    @classmethod
    def item_schema(cls, **options: Any) -> dict[str, Any]:
        return {"type": "string", "enum": [name for name, _ in options["choices"]]}

    def one(self, value: str) -> str:
        known = [name for name, _ in self.choices]
        if value.casefold() not in known:
            raise ValidationError(f"{_short(value)} is none of {', '.join(known)}")
        return value.casefold()


class SeveralIdsField(SeveralField):
    """Row ids."""

    @classmethod
    def item_schema(cls, **options: Any) -> dict[str, Any]:
        return {"type": "integer"}

    def one(self, value: str) -> int:
        if (pk := row_id(value)) is None:
            raise ValidationError(f"{_short(value)} is not an id (a whole number)")
        return pk


class SeveralCountriesField(SeveralField):
    """ISO 3166-1 alpha-2 codes, in any case of letters."""

    @classmethod
    def item_schema(cls, **options: Any) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Za-z]{2}$"}

    def one(self, value: str) -> str:
        if not (len(value) == 2 and value.isascii() and value.isalpha()):
            raise ValidationError(f"{_short(value)} is not a two-letter country code such as US or DE; `location` takes names")
        return value.upper()


class SeveralSkillsField(SeveralField):
    """Skills by name or alias, in any case of letters; gives their ids."""

    def to_python(self, value: Any) -> list[int]:
        names = {name: name.casefold() for name in super().to_python(value)}
        ids = dict(SkillAlias.objects.filter(folded__in=set(names.values())).values_list("folded", "skill_id"))
        for name, folded in names.items():
            if folded not in ids:
                raise ValidationError(f"no skill is called {_short(name)}; /api/v1/skills/suggest?q= finds how it is written")
        return sorted({ids[folded] for folded in names.values()})


def _short(value: str) -> str:
    """The value as a message may repeat it."""
    return repr(value if len(value) <= 40 else f"{value[:40]}…")
