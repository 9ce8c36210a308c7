import re

import pytest

from extraction.rules.location import locations
from extraction.rules.place_words import without_denied
from extraction.tests.documents import a_document

_BLANKS = re.compile(",{2,}")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Remote (not available in Utah)", "Remote ()"),
        ("Remote (excluding Utah, Ohio), Canada", "Remote (), Canada"),
        ("Remote (excl. Ohio), Reno", "Remote (), Reno"),
        ("Remote (US, excluding Utah)", "Remote (US, )"),
        ("Remote - US (except UT)", "Remote - US ()"),
        ("Remote, except Texas - Reno", "Remote,  - Reno"),
        ("Anywhere in Europe outside Spain", "Anywhere in Europe"),
        ("Anywhere but Ohio", "Anywhere"),
        ("Deutschland, außer Bayern", "Deutschland,"),
        ("France (sauf Nice); Spain", "France (); Spain"),
        ("España, excepto Sevilla", "España,"),
        ("Not remote - Leeds", "- Leeds"),
        ("Not fully remote, Leeds", "Leeds"),
        ("Reno. Not remote.", "Reno."),
        ("Leeds, NO REMOTE", "Leeds,"),
    ],
)
def test_what_a_string_of_places_denies_is_blanked(text: str, left: str) -> None:
    blanked = without_denied(text)
    assert len(blanked) == len(text)
    assert _BLANKS.sub("", blanked).strip() == left


@pytest.mark.parametrize(
    "text",
    [
        "Nottingham",
        "Pas-de-Calais",
        "Oslo, NO",
        "NO Remote",
        "Oslo, NO Remote",
        "Outside sales, Reno",
        "Remote, outside sales, Reno",
        "Field, outside sales - Reno, NV",
        "Just outside Reno, NV",
        "Sparks (just outside Reno, NV)",
        "Relocation not required - Reno, NV",
        "Travel not required, Reno, NV",
        "including but not limited to: Nevada",
        "Not just remote - Reno",
        "Remote, Part-time, Not exempt, Reno, NV",
        "Hauptbahnhof, nicht weit, Köln",
        "San Salvo, Italy",
        "Hors-Château, Liège",
        "Fuera de Madrid",
        "Via Salvo D'Acquisto 12, Milano",
    ],
)
def test_what_denies_no_place_stays(text: str) -> None:
    assert without_denied(text) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Remote (Not available in Utah)", []),
        ("Remote - US (except NY)", [(None, None, "US")]),
        ("Leeds, kein Homeoffice", [("Leeds", None, "GB")]),
        ("Leeds   not remote", [("Leeds", None, "GB")]),
        ("Remote (Utah)", [(None, "UT", "US")]),
        ("US" + " " * 5000 + "Leeds", [(None, None, "US")]),
    ],
)
def test_no_city_is_made_of_an_exclusion(text: str, found: list[tuple[str | None, str | None, str | None]]) -> None:
    places = [place.value for place in locations(a_document(job_location=text))]
    assert [(place.city, place.state, place.country) for place in places] == found
