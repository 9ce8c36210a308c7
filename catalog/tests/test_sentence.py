"""Sentences and the searches they mean: the table of `sentences.txt`, and what must hold of any text."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.companies.company_filters import CompanyFilter
from catalog.filters import JobFilter
from catalog.models import Place
from catalog.search.places import fold_place
from catalog.search.sentence.lexicon import usd_rate
from catalog.search.sentence.read import read_sentence
from catalog.vocabulary.skills import skills_import

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 5)
FILTERS = {"jobs": JobFilter, "companies": CompanyFilter}
TOWNS = (
    "Amsterdam, Netherlands", "Atlanta, GA", "Austin, TX", "Berlin, Germany", "Boston, MA", "Chicago, IL", "Denver, CO", "Dublin, Ireland",
    "Las Vegas, NV", "Leeds, United Kingdom", "Lisbon, Portugal", "London, United Kingdom", "Los Angeles, CA", "Madrid, Spain", "Manchester, United Kingdom",
    "Munich, Germany", "New York, NY", "Paris, France", "Phoenix, AZ", "Salt Lake City, UT", "San Francisco, CA", "Seattle, WA",
    "Stockholm, Sweden", "São Paulo, Brazil", "Sydney, New South Wales", "Tokyo, Japan", "Toronto, Ontario", "Washington, DC",
)  # fmt: skip

# What recognisers look out for, to be thrown together in any order.
FRAGMENTS = (
    "not", "no", "without", "and", "or", ",", "in", "at", "remote", "from", "the", "senior", "managers", "or above", "sales", "analysts",
    "Snowflake", "go", "C++", "New York", "ON", "31 February", "since", "before", "last", "9999 years", "0 days", "between", "200k", "$0",
    "started hiring", "at least 0 jobs", "9999999+ roles", "more than 1,000,000 openings", "best paid", "their first", "€", "99999999999", "1,000,000m", "0.01", "-", "to", "50%", '"', "-minus", "OR", "401k", "Q4", "\x00", "ß", "٣", "²", "12/13", "agencies",
)  # fmt: skip


def table(name):
    """(sentence, expected parameters) of each line."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split(" => ")) for line in lines if line and not line.startswith("#")]


SENTENCES = [*table("sentences.txt"), *table("sentences_unseen.txt")]


def expected(text):
    wanted = defaultdict(list)
    for name, _, value in (item.partition("=") for item in text.split("; ")):
        if value[:3] in ("EUR", "GBP"):
            value = str(round(int(value[3:]) * usd_rate()(value[:3], TODAY)))
        wanted[name].append(value)
    return {name: sorted(values) for name, values in wanted.items()}


def found(understanding):
    read = {name: sorted(values) for name, values in understanding.parameters.items()}
    return read | ({"unused": sorted(words for words, _ in understanding.unused)} if understanding.unused else {})


@pytest.fixture(scope="module")
def vocabulary(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        skills_import()
        towns = [Place(form=name, folded=fold_place(name), name=name, kind="city", job_count=1) for name in TOWNS]
        Place.objects.bulk_create(towns)
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("vocabulary")
@pytest.mark.parametrize(("sentence", "meaning"), SENTENCES, ids=[sentence for sentence, _ in SENTENCES])
def test_a_sentence_means_its_search(sentence, meaning):
    understanding = read_sentence(sentence, today=TODAY)
    assert found(understanding) == expected(meaning)
    asked = FILTERS[understanding.subject](data=QueryDict(understanding.query))
    assert asked.is_valid(), asked.errors


@pytest.mark.usefixtures("vocabulary")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=400) | st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join))
def test_any_text_gives_a_valid_search(text):
    understanding = read_sentence(text, today=TODAY)
    filters = FILTERS[understanding.subject]
    asked = filters(data=QueryDict(understanding.query))
    assert asked.is_valid(), asked.errors
    assert set(understanding.parameters) <= set(filters.base_filters)


@pytest.mark.usefixtures("vocabulary")
@pytest.mark.parametrize("text", ["over 500000 İNR", "100 ılS", "last fıve days", "since frı"])
def test_letters_that_patterns_take_for_others_are_survived(text):
    assert JobFilter(data=QueryDict(read_sentence(text, today=TODAY).query)).is_valid()


@pytest.mark.usefixtures("vocabulary")
def test_unknown_words_are_looked_for_and_words_without_a_filter_are_shown():
    understanding = read_sentence("zymurgy jobs, 5+ years of experience", today=TODAY)
    assert dict(understanding.parameters) == {"q": ["zymurgy"]}
    assert understanding.unused == (("5+ years of experience", "there is no filter for years of experience"),)


@pytest.mark.usefixtures("vocabulary")
def test_conversions_and_typing_errors_are_told():
    notes = {reading.words: reading.note for reading in read_sentence("slaesforce people for €90k", today=TODAY).readings}
    assert notes["Salesforce"] == "typed “slaesforce”"
    assert notes["€90k"].startswith("90,000 EUR a year is ")


@pytest.mark.usefixtures("vocabulary")
def test_of_which_jobs_a_size_is_and_that_there_is_no_greatest_is_told():
    understanding = read_sentence("with more than 5 jobs in Berlin, at most 30 roles", today=TODAY)
    notes = {reading.words: reading.note for reading in understanding.readings}
    assert notes["with more than 5 jobs"] == "all open jobs of a company, wherever they are"
    assert understanding.unused == (("at most 30 roles", "there is no filter for at most so many open jobs"),)


def test_a_sentence_costs_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        read_sentence("senior engineers in Berlin over 100k", today=TODAY)
    with django_assert_max_num_queries(10):
        read_sentence(" ".join(f"qwertz{chr(97 + n)}" for n in range(20)), today=TODAY)
