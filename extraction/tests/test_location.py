from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from extraction.document import Document
from extraction.rules.location import is_place, locations
from extraction.schema import LocationDetails
from ingestion.ats.base import Posting

POINTERS: Mapping[str, str] = {
    "job_location": "/location/name",
    "additional_locations": "/categories/allLocations",
    "offices": "/offices",
    "title": "/title",
    "country": "/country",
}


def document(text: str = "", *, title: str = "Account Executive", **fields: Any) -> Document:
    posting = Posting(source_job_id="1", title=title, url="", pointers=POINTERS, **fields)
    return Document(posting=posting, text=text, sections=(), company_name="Example")


def found(of: Document) -> list[LocationDetails]:
    return [finding.value for finding in locations(of)]


def test_the_main_field_comes_first_and_each_place_once() -> None:
    of = document(job_location="Lyon", additional_locations=("Lyon", "Oslo, Norway"))
    assert found(of) == [LocationDetails(city="Lyon", country="FR"), LocationDetails(city="Oslo", country="NO")]


def test_evidence_points_into_the_field() -> None:
    of = document(job_location="Remote - Oslo", additional_locations=("Lyon, France",))
    main, other = (finding.evidence[0] for finding in locations(of))
    assert (main.pointer, main.quote, main.start, main.end) == ("/location/name", "Oslo", 9, 13)
    assert (other.pointer, other.quote) == ("/categories/allLocations/0", "Lyon, France")


def test_a_region_keeps_no_country_of_the_ats() -> None:
    assert found(document(job_location="Asia", country="SG")) == [LocationDetails(region="Asia")]


def test_the_country_of_the_ats_decides_namesakes() -> None:
    assert found(document(job_location="Birmingham", country="GB")) == [LocationDetails(city="Birmingham", country="GB")]


def test_offices_stand_in_for_an_empty_field() -> None:
    findings = locations(document(job_location="Remote", offices=("Oslo Office",)))
    assert [(f.value.city, f.rule) for f in findings] == [("Oslo", "location.offices")]


def test_the_title_stands_in_for_an_empty_field() -> None:
    finding = locations(document(title="Sales Manager (Oslo)"))[0]
    assert finding.value == LocationDetails(city="Oslo", country="NO")
    assert (finding.evidence[0].pointer, finding.evidence[0].start, finding.evidence[0].end) == ("/title", 15, 19)


@pytest.mark.parametrize("title", ["Sales Manager (Oslo)", "Sales Manager - Oslo", "Sales Manager Oslo"])
def test_a_title_names_the_city_of_a_lone_country(title: str) -> None:
    assert found(document(title=title, job_location="Norway")) == [LocationDetails(city="Oslo", country="NO")]


def test_a_city_of_another_country_in_the_title_changes_nothing() -> None:
    assert found(document(title="Sales Manager (Lyon)", job_location="Norway")) == [LocationDetails(country="NO")]


def test_a_labelled_line_of_the_text_stands_in_for_an_empty_field() -> None:
    of = document("About us\n\nLocation: Lyon, France\n\nWe sell things.")
    evidence = locations(of)[0].evidence[0]
    assert evidence.in_text
    assert of.text[evidence.start : evidence.end] == evidence.quote == "Lyon, France"


def test_places_told_of_in_running_text_do_not_count() -> None:
    assert found(document("Our customers are in Lyon and Oslo.")) == []


def test_the_country_field_alone_is_better_than_nothing() -> None:
    finding = locations(document(country="DZ"))[0]
    assert (finding.value, finding.rule) == (LocationDetails(country="DZ"), "location.country")


@pytest.mark.parametrize("text", ["Cape Town", "EMEA", "Remote - US", "NYC / London", "US East", "DACH", "Austin, TX", "Germany", "UK"])
def test_is_place(text: str) -> None:
    assert is_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Remote",
        "Enterprise",
        "Mobile",
        "Java",
        "Reading",
        "IT",
        "HR",
        "AI",
        "PR",
        "Growth",
        "Central",
        "Platform",
        "Bilingual French",
        "m/f/d",
    ],
)
def test_is_no_place(text: str) -> None:
    assert not is_place(text)
