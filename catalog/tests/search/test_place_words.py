from __future__ import annotations

import pytest

from catalog.models import Job
from catalog.search.place_words import place_words
from catalog.search.places import job_places
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts, place


@pytest.mark.parametrize(
    ("town", "text", "names"),
    [
        (("Lyon", None, "FR"), "Lyon, France", ""),
        (("Lyon", None, "FR"), "Lyon", "France"),
        (("Leeds", None, "GB"), "Leeds", "UK"),
        (("Perth", "WA", "AU"), "Perth", "Australia"),
        (("Newark", "NJ", "US"), "Newark, NJ", "USA · America"),
        (("Albany", "NY", "US"), "Albany, NY", "USA · America"),
        (("Seoul", None, "KR"), "Seoul", "Korea"),
        (("Frankfurt", None, "DE"), "Frankfurt", "Germany · Deutschland"),
        (("London", None, "GB"), "London, UK", "Londres"),
        (("Kraków", None, "PL"), "Kraków", "Poland · Cracow"),
        (("Buenos Aires", None, "AR"), "Buenos Aires, Argentina", ""),
        ((None, None, "DE"), "Germany", "Deutschland"),
        ((None, None, None), "Remote", ""),
    ],
)
def test_names_of_a_place_that_its_posting_does_not_write(town, text, names):
    assert place_words(job_places(locations=[place(*town)], location_text=text), text) == names


def test_a_town_has_the_names_of_all_areas_that_it_is_in():
    names = place_words(job_places(locations=[place("Dallas", "TX", "US")], location_text="Dallas, TX"), "Dallas, TX").split(" · ")
    assert names == ["USA", "America", "Texas", "DFW"]


@pytest.mark.django_db
def test_jobs_are_found_by_the_names_of_what_their_place_is_in():
    towns = [("Palo Alto", "CA", "US"), ("New York", "NY", "US"), ("London", None, "GB")]
    jobs_publish(facts=[job_facts(n, locations=[place(*town)], location_text=town[0]) for n, town in enumerate(towns)])

    def found(text):
        return set(Job.objects.matching(text).values_list("posting_id", flat=True))

    assert found("executive california") == {0}
    assert found("executive usa") == found("executive -uk") == {0, 1}
    assert found("executive nyc") == {1}
    assert found("brooklyn") == found("england") == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "word",
    ["unit", "united", "state", "area", "city", "kingdom", "valley", "silicon", "greater", "metro", "new", "north", "district", "research"],
)
def test_no_word_of_other_texts_finds_or_leaves_out_a_place(word):
    towns = [
        ("Palo Alto", "CA", "US"),
        ("New York", "NY", "US"),
        ("Raleigh", "NC", "US"),
        ("Washington", "DC", "US"),
        ("London", None, "GB"),
    ]
    jobs_publish(facts=[job_facts(n, locations=[place(*town)], location_text=town[0].removeprefix("New ")) for n, town in enumerate(towns)])
    assert Job.objects.matching(word).count() == 0
    assert Job.objects.matching(f"executive -{word}").count() == 5
    assert Job.objects.matching("executive usa").count() == 4
