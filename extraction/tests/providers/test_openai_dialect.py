from __future__ import annotations

import pytest

from extraction.providers.openai_dialect import Dialect, Form, without_bounds
from extraction.tests.providers.conftest import PROMPT

ABOUT_FORM = "response_format: this server does not know it"


def test_it_begins_with_what_the_documents_describe() -> None:
    body = Dialect().body("m", PROMPT)
    assert body["max_tokens"] == 1000
    assert body["temperature"] == 0
    assert body["response_format"]["json_schema"] == {"name": "answer", "strict": True, "schema": PROMPT.schema}
    assert body["messages"][0] == {"role": "system", "content": PROMPT.system}


def test_the_form_is_given_up_step_by_step_and_then_no_more() -> None:
    dialect = Dialect()
    forms = []
    while dialect.concede(400, ABOUT_FORM):
        forms.append(dialect.form)
    assert forms == [Form.UNBOUNDED_SCHEMA, Form.JSON_OBJECT, Form.PLAIN]
    body = dialect.body("m", PROMPT)
    assert "response_format" not in body
    assert '"postings"' in body["messages"][0]["content"]


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "context_length_exceeded"), (401, ABOUT_FORM), (404, "no such model"), (429, "slow down"), (503, ABOUT_FORM)],
)
def test_what_is_about_something_else_changes_nothing(status: int, message: str) -> None:
    dialect = Dialect()
    before = dialect.body("m", PROMPT)
    assert dialect.concede(status, message) is None
    assert dialect.body("m", PROMPT) == before


def test_the_name_of_the_limit_is_exchanged_once() -> None:
    dialect = Dialect()
    assert dialect.concede(400, "'max_tokens' is not supported. Use 'max_completion_tokens' instead.")
    assert dialect.body("m", PROMPT)["max_completion_tokens"] == 1000
    assert "max_tokens" not in dialect.body("m", PROMPT)
    assert dialect.concede(400, "'max_tokens' is not supported. Use 'max_completion_tokens' instead.") is None


def test_bounds_go_and_names_stay() -> None:
    schema = {"type": "object", "properties": {"format": {"type": "string", "maxLength": 9}, "min": {"anyOf": [{"minimum": 1}]}}}
    assert without_bounds(schema) == {"type": "object", "properties": {"format": {"type": "string"}, "min": {"anyOf": [{}]}}}
