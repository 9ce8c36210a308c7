from __future__ import annotations

import pytest

from catalog.models import Job
from catalog.search.places import fold_place, job_places, metro_towns, place_keys, place_phrases
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts, place

# Short forms, spellings for keyboards, and areas: whoever asks for the town does not mean these, or they mean other places too.
_ONE_WAY = {"CDMX", "Greater London", "Muenchen", "Koeln", "Duesseldorf", "Zuerich", "TLV", "HCMC", "KL", "BKK", "HK", "SG", "Rio", "BA"}


@pytest.mark.parametrize("typed", ["München", "münchen", "Munich", "Muenchen", "München, Germany", "Munich, Deutschland"])
@pytest.mark.parametrize("city", ["München", "Munich"])
def test_a_town_is_found_by_each_of_its_names(city, typed):
    assert set(job_places(locations=[place(city, None, "DE")], location_text="")) & set(place_keys(typed))


def test_names_of_towns_lead_both_ways():
    """Those of North America are short forms and quarters."""
    names = [(name, towns[0]) for name, towns in metro_towns().items() if len(towns) == 1 and name not in _ONE_WAY]
    abroad = [(fold_place(name), town) for name, town in names if town.rpartition("/")[2][:2] not in ("US", "CA")]
    missing = [name for name, town in abroad if f"t:{name}/{town[-2:]}" not in place_keys(town.partition("/")[0]) and name != town[:-3]]
    assert len(abroad) > 50
    assert not missing


@pytest.mark.parametrize("typed", ["Washington, D.C.", "Washington, DC", "Washington D.C.", "D.C."])
def test_the_capital_is_found_however_it_is_written(typed):
    assert "t:washington/US-DC" in place_keys(typed)


@pytest.mark.parametrize("typed", ["Munich", "Muenchen", "München"])
def test_a_town_is_looked_for_with_its_accents_and_without(typed):
    assert {("münchen",), ("munchen",), ("munich",)} <= set(place_phrases(typed))


def test_a_town_is_not_looked_for_by_the_short_forms_of_its_name():
    assert place_phrases("Los Angeles") == [("los", "angeles")]
    assert place_phrases("Chicago") == [("chicago",)]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["München", "Munich"])
def test_words_find_jobs_by_either_name_of_their_town(typed):
    towns = ["Munich", "München", "Berlin"]
    jobs_publish(
        facts=[job_facts(n, locations=[place(town, None, "DE")], location_text=f"{town}, Germany") for n, town in enumerate(towns)]
    )
    assert set(Job.objects.matching(typed).values_list("posting_id", flat=True)) == {0, 1}
