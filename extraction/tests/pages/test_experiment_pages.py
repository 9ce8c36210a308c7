from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model

from catalog.models import Job
from extraction.experiments.services import experiment_begin
from extraction.pages import experiment_pages
from extraction.tests.experiments.test_services import OtherRules, published, run  # noqa: F401 - fixture

pytestmark = pytest.mark.usefixtures("vocabulary")


@pytest.fixture
def staff(client):
    client.force_login(get_user_model().objects.create_user("ann", is_staff=True))
    return client


@pytest.mark.django_db
def test_the_empty_list_says_how_to_begin(client):
    assert "reextract --provider openai --sample 200 --dry-run" in client.get("/experiments").content.decode()


def test_the_list_and_the_diff_are_open_to_all(client, published):  # noqa: F811
    experiment = run(OtherRules(), sample=4)
    page = client.get("/experiments").content.decode()
    assert f"/experiments/{experiment.pk}" in page
    assert "4 of 4" in page
    page = client.get(f"/experiments/{experiment.pk}").content.decode()
    assert "seniority_level: 4 differ" in page
    assert "<td>senior</td><td>nothing</td>" in page
    assert f"/jobs/{Job.objects.get(posting_id=experiment.items.first().posting_id).pk}" in page
    assert "Promote" not in page
    report = json.loads(client.get(f"/experiments/{experiment.pk}.json").content)
    assert report["postings"]["compared"] == 4


def test_staff_promote_and_roll_back(staff, published):  # noqa: F811
    experiment = run(OtherRules())
    address = f"/experiments/{experiment.pk}/decide"
    page = staff.post(address, {"action": "promote", "reason": "try it"}, follow=True).content.decode()
    assert "6 postings promoted; 0 left as they are" in page
    assert "promoted by ann: 6 postings published, 0 left. try it" in page
    staff.post(address, {"action": "roll_back"})
    assert set(Job.objects.values_list("seniority_level", flat=True)) == {"senior"}
    assert "only a promoted experiment" in staff.post(address, {"action": "roll_back"}, follow=True).content.decode()


def test_others_decide_nothing(client, staff, published):  # noqa: F811
    experiment = run(OtherRules())
    address = f"/experiments/{experiment.pk}/decide"
    assert staff.post(address, {"action": "delete"}).status_code == 400
    client.logout()
    assert client.post(address, {"action": "promote"}).status_code == 403
    assert experiment.events.count() == 0


def test_what_is_too_large_for_a_request_is_the_commands(staff, published, monkeypatch):  # noqa: F811
    experiment = run(OtherRules())
    monkeypatch.setattr(experiment_pages, "MOST_AT_ONCE", 5)
    assert f"reextract --promote {experiment.pk}" in staff.get(f"/experiments/{experiment.pk}").content.decode()
    assert staff.post(f"/experiments/{experiment.pk}/decide", {"action": "promote"}).status_code == 400


def test_an_unfinished_experiment_says_how_to_go_on(client, published):  # noqa: F811
    experiment = experiment_begin(extractor=OtherRules(), sample=0, seed=0)
    page = client.get(f"/experiments/{experiment.pk}").content.decode()
    assert "0 of 6 postings are done" in page
