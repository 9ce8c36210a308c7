import pytest

from extraction.rules.location import locations
from extraction.rules.place_words import without_denied
from extraction.tests.documents import a_document


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Remote (not available in Utah)", "Remote ()"),
        ("Remote (excluding Utah, Ohio), Canada", "Remote (), Canada"),
        ("Remote - US (except UT)", "Remote - US ()"),
        ("Anywhere in Europe outside Spain", "Anywhere in Europe"),
        ("Anywhere but Ohio", "Anywhere"),
        ("Deutschland, außer Bayern", "Deutschland,"),
        ("France (sauf Nice); Spain", "France (); Spain"),
        ("España, excepto Sevilla", "España,"),
        ("Not remote - Leeds", "- Leeds"),
        ("Nottingham", "Nottingham"),
        ("Pas-de-Calais", "Pas-de-Calais"),
        ("Oslo, NO", "Oslo, NO"),
        ("Outside sales, Reno", "Outside sales, Reno"),
    ],
)
def test_what_a_string_of_places_denies_is_blanked(text: str, left: str) -> None:
    blanked = without_denied(text)
    assert len(blanked) == len(text)
    assert " ".join(blanked.split()).replace("( )", "()") == left


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Remote (Not available in Utah)", []),
        ("Remote - US (except NY)", [(None, None, "US")]),
        ("US remote, not Utah", [(None, None, "US")]),
        ("Leeds, kein Homeoffice", [("Leeds", None, "GB")]),
        ("Remote (Utah)", [(None, "UT", "US")]),
    ],
)
def test_no_city_is_made_of_an_exclusion(text: str, found: list[tuple[str | None, str | None, str | None]]) -> None:
    places = [place.value for place in locations(a_document(job_location=text))]
    assert [(place.city, place.state, place.country) for place in places] == found
