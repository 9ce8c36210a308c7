"""What counts of a language model's answer to a sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.errors import CompletionError
from catalog.models import Skill
from catalog.search.sentence.model import answer_schema, understand
from catalog.services import skill_register_name

pytestmark = pytest.mark.django_db

TODAY = date(2026, 8, 5)
SENTENCE = "people who sell in Bavaria, at least 90k"
BY_RULES = {"location": ["Bavaria"], "min_comp": ["90000"], "q": ["sell"]}


class Model:
    """Answers what a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = {}
        self.asked: list[tuple[Any, str]] = []

    def __call__(self, schema: Any, prompt: str) -> Any:
        self.asked.append((schema, prompt))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


model = Model()


@pytest.fixture(autouse=True)
def _configured(settings: Any) -> None:
    settings.SENTENCE_PROVIDER, settings.SENTENCE_COMPLETE = "mine", f"{__name__}.model"
    model.answer, model.asked = {}, []
    skill_register_name(skill=Skill.objects.create(name="Salesforce", kind="tool", category="crm"))


def test_a_valid_answer_is_the_search() -> None:
    model.answer = {"function": ["sales"], "location": ["Bavaria"], "min_comp": 90000, "skill": ["salesforce"], "q": None, "seniority": []}
    found = understand(SENTENCE, today=TODAY)
    assert found.reader == "mine"
    assert dict(found.parameters) == {"skill": ["salesforce"], "location": ["Bavaria"], "function": ["sales"], "min_comp": ["90000"]}


def test_it_is_told_the_sentence_and_the_day() -> None:
    understand(SENTENCE, today=TODAY)
    schema, prompt = model.asked[0]
    assert prompt.startswith(f"{SENTENCE}\n")
    assert "2026-08-05" in prompt
    assert schema == answer_schema(SENTENCE)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"q": None, "skill": []},
        {"q": "sell"},
        {"seniority": ["wizard"]},
        {"skill": ["No Such Skill"]},
        {"min_comp": -5},
        {"min_comp": "a lot"},
        {"location": ["x" * 500]},
        {"posted_after": "yesterday"},
        {"location": [["nested"]] * 60, "function": ["\0"]},
        CompletionError("the model is away"),
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_anything_else_leaves_the_reading_of_the_rules(answer: Any) -> None:
    model.answer = answer
    found = understand(SENTENCE, today=TODAY)
    assert (found.reader, dict(found.parameters)) == ("rules", BY_RULES)


def test_members_that_are_no_filters_do_not_count() -> None:
    model.answer = {"function": ["sales"], "drop": "table", "cursor": "x"}
    assert dict(understand(SENTENCE, today=TODAY).parameters) == {"function": ["sales"]}


def test_nobody_is_asked_unless_configured(settings: Any) -> None:
    settings.SENTENCE_COMPLETE = ""
    assert understand(SENTENCE, today=TODAY).reader == "rules"
    assert model.asked == []
