"""The field for words, as the lists of jobs and of companies show it again."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from catalog.filters import JobFilter
from catalog.pages.second_tries import named_skill
from catalog.search.query import MAX_TEXT_LENGTH
from catalog.search_form import ActiveSearch


def typed_text(found: JobFilter, search: ActiveSearch, asked: QueryDict) -> dict[str, Any]:
    """For a template: what was typed, also where it is refused, whether it is too long, and the skill that it names."""
    typed = asked.get("q", "").replace("\0", "") if found.refuses_text else search.url.get("q")
    return {
        "query": typed,
        "text_limit": MAX_TEXT_LENGTH,
        "is_too_long": found.refuses_text and len(typed.strip()) > MAX_TEXT_LENGTH,
        "named_skill": named_skill(search) if search.url.get("q") else None,
    }
