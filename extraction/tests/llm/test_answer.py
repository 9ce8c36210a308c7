from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError, validate

from extraction.llm.answer import QUOTE_CHARS, SKILLS, answer_schema, judged, read_answer
from extraction.providers.llm import Completion, Finish, Prompt
from extraction.tests.llms import item

TITLES = {"a1": "Welder", "b2": "Data Engineer"}


def answer(*items) -> str:
    return json.dumps({"postings": list(items)})


GOOD = (item("a1", "Title: Welder"), item("b2", "Title: Data Engineer"))


def bounds(node):
    """Every string, array and number of a schema that has no bound."""
    if isinstance(node, list):
        return [bad for part in node for bad in bounds(part)]
    if not isinstance(node, dict):
        return []
    kind = node.get("type")
    bad = []
    if kind == "string" and not {"enum", "maxLength", "pattern"} & node.keys():
        bad.append(node)
    if (kind == "array" and "maxItems" not in node) or (kind == "number" and "maximum" not in node):
        bad.append(node)
    if kind == "object" and (node.get("additionalProperties") is not False or set(node["required"]) != set(node["properties"])):
        bad.append(node)
    return bad + [more for value in node.values() for more in bounds(value)]


def test_the_schema_is_closed_bounded_and_names_the_ids():
    schema = answer_schema(["a1", "b2"])
    Draft202012Validator.check_schema(schema)
    assert bounds(schema) == []
    assert "$ref" not in json.dumps(schema)
    validate(json.loads(answer(*GOOD)), schema)
    with pytest.raises(ValidationError):
        validate(json.loads(answer(item("c3", "Title: Welder"), GOOD[1])), schema)
    with pytest.raises(ValidationError):
        validate(json.loads(answer(GOOD[0])), schema)


def test_items_are_matched_by_id_never_by_position():
    reading = read_answer(answer(*reversed(GOOD)), TITLES)
    assert {key: found.title for key, found in reading.answers.items()} == TITLES
    assert (reading.problems, reading.complaint) == ({}, "")


@pytest.mark.parametrize(
    "text",
    [
        "<think>The first {posting} is about [welding]</think>\n" + answer(*GOOD),
        "Here you are:\n```json\n" + answer(*GOOD) + "\n```\nAnything else?",
        json.dumps(list(GOOD)),
    ],
)
def test_words_around_the_json_are_passed_over(text):
    assert set(read_answer(text, TITLES).answers) == {"a1", "b2"}


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ([GOOD[0]], "there is no answer with this id"),
        ([GOOD[0], GOOD[1], GOOD[1]], "there are 2 answers with this id"),
        ([GOOD[0], item("b2", "Title: Welder")], "the title is not that of the posting with this id"),
        ([GOOD[0], item("b2", "Title: Nurse")], "the title is not that of the posting with this id"),
        ([GOOD[0], item("b2", "Title: Data Engineer", remote_type={"value": "moon", "quote": "x"})], "remote_type.value: Input should be"),
        ([GOOD[0], {"id": "b2", "title": "Data Engineer"}], "company_name: Field required"),
    ],
)
def test_what_is_wrong_with_one_item_costs_only_that_item(items, problem):
    reading = read_answer(answer(*items), TITLES)
    assert set(reading.answers) == {"a1"}
    assert reading.problems["b2"].startswith(problem)


def test_invented_ids_are_nothing():
    assert set(read_answer(answer(*GOOD, item("zz", "Title: Welder")), TITLES).answers) == {"a1", "b2"}


def test_a_title_may_differ_in_a_sign_or_two():
    assert read_answer(answer(item("a1", "Title: Senior Data  engineer (f/m)")), {"a1": "Senior Data Engineer (m/f)"}).answers


@pytest.mark.parametrize("text", ["", "no", "{", '{"postings": {}}', "null", "[1, 2", '{"a": 1}', "[" * 100_000])
def test_what_cannot_be_read_is_said_to_the_model(text):
    reading = read_answer(text, TITLES)
    assert reading.complaint
    assert set(reading.problems) == set(TITLES)


def test_what_is_too_long_is_cut_and_absurd_numbers_are_refused():
    long = item("a1", "Title: Welder", skills=["x" * 500] * 90, summary=["y" * 999])
    read = read_answer(answer(long), {"a1": "Welder"}).answers["a1"]
    assert (len(read.skills), len(read.skills[0]), len(read.summary[0])) == (SKILLS, 80, QUOTE_CHARS)
    for amount in (1e14, float("nan"), float("inf"), -1):
        pay = {"min": amount, "max": None, "currency": "USD", "period": "year", "ote": False, "quote": "q"}
        assert "salary" in read_answer(answer(item("a1", "Title: Welder", salary=pay)), {"a1": "Welder"}).problems["a1"]


@given(st.text(max_size=300))
def test_no_text_raises(text):
    read_answer(text, TITLES)


PROMPT = Prompt("s" * 3_500, "u" * 3_500, {}, 100)


@pytest.mark.parametrize(
    ("finish", "tokens_in", "problem", "complaint", "was_cut"),
    [
        (Finish.REFUSAL, 1_500, "the model refused to answer", "", True),
        (Finish.STOP, 999, "the server read 999 tokens of a prompt of 1,000 or more: its context is too small", "", True),
        (Finish.LENGTH, 1_500, "the answer was too long and was cut off", "the answer was too long and was cut off", True),
    ],
)
def test_answers_that_no_repetition_helps(finish, tokens_in, problem, complaint, was_cut):
    reply = judged(Completion("{", tokens_in, 5, finish, "m"), PROMPT, TITLES)
    assert reply.answers == {}
    assert set(reply.problems.values()) == {problem}
    assert (reply.complaint, reply.was_cut) == (complaint, was_cut)


def test_a_server_that_counts_no_tokens_is_believed():
    assert set(judged(Completion(answer(*GOOD), 0, 5, Finish.STOP, "m"), PROMPT, TITLES).answers) == {"a1", "b2"}


def test_whole_items_of_a_cut_answer_are_kept():
    reply = judged(Completion(answer(GOOD[0]), 1_500, 5, Finish.LENGTH, "m"), PROMPT, TITLES)
    assert set(reply.answers) == {"a1"}
    assert reply.was_cut
