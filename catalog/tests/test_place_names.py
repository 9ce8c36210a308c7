import pytest

from catalog.choices import PlaceKind
from catalog.place_names import PlaceGroup, PlaceName, place_names
from catalog.search.places import job_places, place_keys


def group(city=None, state=None, country=None, jobs=1, text=""):
    location = {"city": city, "state": state, "country": country, "region": None}
    return PlaceGroup(job_places(locations=[location], location_text=text), city or "", jobs)


def forms(groups, kind):
    return {(found.form, found.name, found.jobs) for found in place_names(groups) if found.kind == kind}


def test_towns_are_written_as_people_write_them():
    groups = [
        group("Portland", "OR", "US", 3),
        group("Perth", "WA", "AU"),
        group("São Paulo", None, "BR", 2),
        group("Sao Paulo", None, "BR"),
    ]
    names = {name for _, name, _ in forms(groups, PlaceKind.CITY)}
    assert names == {"Portland, OR", "Perth, Western Australia", "São Paulo, Brazil"}
    assert ("São Paulo, Brazil", "São Paulo, Brazil", 3) in forms(groups, PlaceKind.CITY)


def test_other_ways_to_write_a_place_lead_to_its_name():
    groups = [group("New York", "NY", "US", 5), group("London", None, "GB", 2)]
    assert {("NYC", "New York, NY", 5), ("New York, NY", "New York, NY", 5)} <= forms(groups, PlaceKind.CITY)
    assert ("NY", "New York, United States", 5) in forms(groups, PlaceKind.STATE)
    assert {("UK", "United Kingdom", 2), ("USA", "United States", 5)} <= forms(groups, PlaceKind.COUNTRY)


def test_areas_count_a_job_in_two_of_their_towns_once():
    both = job_places(
        locations=[
            {"city": "Oakland", "state": "CA", "country": "US", "region": None},
            {"city": "Berkeley", "state": "CA", "country": "US", "region": None},
        ],
        location_text="",
    )
    groups = [PlaceGroup(both, "Oakland", 4), group("San Francisco", "CA", "US")]
    assert ("Bay Area", "Bay Area", 5) in forms(groups, PlaceKind.METRO)
    assert ("North America", "North America", 5) in forms(groups, PlaceKind.REGION)


def test_places_without_a_job_have_no_name():
    assert place_names([]) == []
    assert not forms([group("Berlin", None, "DE")], PlaceKind.METRO)


@pytest.mark.parametrize("place", [("Portland", "OR", "US"), ("Perth", "WA", "AU"), ("Paris", None, "FR"), ("Vancouver", "BC", "CA")])
def test_every_name_means_the_place_to_the_filter(place):
    found = group(*place)
    for name in {one.name for one in place_names([found])}:
        assert set(place_keys(name)) & set(found.keys), name


def test_the_folded_form_is_what_is_looked_up():
    assert PlaceName("São Paulo, Brazil", "São Paulo, Brazil", PlaceKind.CITY, 1).folded == "sao paulo brazil"
