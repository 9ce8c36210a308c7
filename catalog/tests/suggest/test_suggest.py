"""Typeaheads of companies and places: what is suggested, as HTML and over the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.api.serializers import CompanySuggestionSerializer, PlaceSuggestionSerializer
from catalog.models import Company, Place
from catalog.search.places import fold_place
from catalog.suggest.companies import companies_suggest
from catalog.suggest.places import places_suggest

pytestmark = pytest.mark.django_db


@pytest.fixture
def companies():
    Company.objects.create(name="Harbour Lane", domain="harbourlane.example", job_count=4)
    Company.objects.create(name="Harbour", job_count=1)
    Company.objects.create(name="Old Harbour Tools", domain="oht.example", job_count=90)
    Company.objects.create(name="Zest & Co", domain="zest.example", job_count=0)


@pytest.fixture
def places():
    def add(form, name, kind, jobs):
        Place.objects.create(form=form, folded=fold_place(form), name=name, kind=kind, job_count=jobs)

    add("New York, NY", "New York, NY", "city", 30)
    add("NYC", "New York, NY", "city", 30)
    add("New York City", "New York, NY", "city", 30)
    add("Newark, NJ", "Newark, NJ", "city", 50)
    add("United Kingdom", "United Kingdom", "country", 20)
    add("UK", "United Kingdom", "country", 20)
    add("UKI", "UKI", "region", 25)
    add("São Paulo, Brazil", "São Paulo, Brazil", "city", 2)


def company_names(q, limit=10):
    return [found.name for found in companies_suggest(q=q, limit=limit)]


def place_names(q, limit=10):
    return [(found.name, found.matched) for found in places_suggest(q=q, limit=limit)]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("", ["Old Harbour Tools", "Harbour Lane", "Harbour", "Zest & Co"]),
        ("harb", ["Harbour Lane", "Harbour", "Old Harbour Tools"]),
        ("HARBOUR", ["Harbour", "Harbour Lane", "Old Harbour Tools"]),
        ("oht.ex", ["Old Harbour Tools"]),
        ("harbuor lane", ["Harbour Lane"]),
        ("zest & c", ["Zest & Co"]),
        ("100%", []),
        ("\0", ["Old Harbour Tools", "Harbour Lane", "Harbour", "Zest & Co"]),
    ],
)
def test_companies_by_match_then_by_open_jobs(companies, q, expected):
    assert company_names(q) == expected


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("new", [("Newark, NJ", "Newark, NJ"), ("New York, NY", "New York, NY")]),
        ("nyc", [("New York, NY", "NYC")]),
        ("new york, n", [("New York, NY", "New York, NY")]),
        ("uk", [("United Kingdom", "UK"), ("UKI", "UKI")]),
        ("sao", [("São Paulo, Brazil", "São Paulo, Brazil")]),
        ("paulo", [("São Paulo, Brazil", "São Paulo, Brazil")]),
        ("united kindgom", [("United Kingdom", "United Kingdom")]),
        ("atlantis", []),
        ("%", [("Newark, NJ", "Newark, NJ"), ("New York, NY", "New York, NY"), ("UKI", "UKI"), ("United Kingdom", "United Kingdom")]),
    ],
)
def test_places_by_match_then_by_open_jobs(places, q, expected):
    assert place_names(q, limit=4) == expected


def test_pages_get_options_that_name_their_filter(client, companies, places):
    company = Company.objects.get(name="Harbour Lane")
    page = client.get("/companies/suggest?q=harbour+l").content.decode()
    assert f'data-name="company" data-value="{company.pk}"' in page
    assert 'data-name="location" data-value="New York, NY"' in client.get("/places/suggest?q=nyc").content.decode()


@pytest.mark.parametrize(
    ("path", "serializer"),
    [("/api/v1/companies/suggest", CompanySuggestionSerializer), ("/api/v1/places/suggest", PlaceSuggestionSerializer)],
)
def test_the_api_suggests_to_everybody(client, companies, places, path, serializer):
    answer = client.get(f"{path}?q=&limit=2")
    assert answer.status_code == 200
    assert [item.keys() for item in answer.json()["items"]] == [serializer().fields.keys()] * 2
    for junk in ("limit=0", "limit=x", "q=" + "a" * 101, "q=%00", "query=a"):
        refused = client.get(f"{path}?{junk}")
        assert refused.status_code == 400, junk
        assert refused.json()["error"]["hint"]


@pytest.mark.parametrize(("suggest", "q"), [(companies_suggest, "har"), (places_suggest, "new")])
def test_a_suggestion_costs_three_queries_at_most(companies, places, suggest, q):
    with CaptureQueriesContext(connection) as queries:
        suggest(q=q)
    assert len(queries) <= 3
