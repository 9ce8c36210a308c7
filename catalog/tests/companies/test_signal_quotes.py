"""The words of a posting that show a signal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from catalog.companies.signal_quotes import postings_with_signals, signal_quotes
from catalog.models import Job, Skill
from catalog.services import jobs_publish, skill_register_name
from catalog.tests.factories import NOW, job_facts, mention

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Shown:
    job_id: int
    skill_id: int | None
    job_title: str = "Account Executive"
    at: datetime = NOW


@pytest.fixture
def snowflake() -> Skill:
    skill = Skill.objects.create(name="Snowflake", kind="tool", category="data")
    skill_register_name(skill=skill)
    return skill


def publish(text: str, posting_id: int = 1) -> int:
    jobs_publish(facts=[replace(job_facts(posting_id, text=text), skills=(mention("Snowflake", text),))])
    return Job.objects.get(posting_id=posting_id).pk


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("You bring:\n• Snowflake, two years of it\n• Patience", "Snowflake, two years of it"),
        ("Snowflake is what we sell.", "Snowflake is what we sell."),
        (f"{'before ' * 30}Snowflake{' after' * 30}", f"…{'before ' * 17}Snowflake{' after' * 19}…"),
    ],
)
def test_a_quote_is_the_line_that_names_the_skill_or_what_stands_around(snowflake: Skill, text: str, quote: str):
    job = publish(text)
    assert signal_quotes([Shown(job, snowflake.pk)]) == {(job, snowflake.pk): quote}


def test_a_skill_that_only_the_title_names_has_no_quote(snowflake: Skill):
    job = publish("We sell software.")
    assert signal_quotes([Shown(job, snowflake.pk)]) == {}


def test_nothing_is_asked_without_signals_of_skills(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert signal_quotes([Shown(1, None)]) == {}


def test_signals_of_one_posting_stand_together_in_the_order_of_the_first(snowflake: Skill):
    first, second = publish("Snowflake it is.", 1), publish("No tools.", 2)
    signals = [Shown(second, None), Shown(first, snowflake.pk), Shown(second, snowflake.pk)]
    told = [(posting.job_id, [words for _, words in posting.shown]) for posting in postings_with_signals(signals)]
    assert told == [(second, ["", ""]), (first, ["Snowflake it is."])]
