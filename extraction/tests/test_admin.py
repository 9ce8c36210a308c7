from __future__ import annotations

import pytest
from django.urls import reverse

from extraction import services
from extraction.models import CurrentExtraction, Extraction, PendingExtraction
from extraction.tests.conftest import greenhouse_payload

pytestmark = pytest.mark.usefixtures("vocabulary")


@pytest.fixture
def rows(read_board):
    read_board([greenhouse_payload(n) for n in range(3)])
    services.pending_fill()
    services.pending_extract()
    read_board([greenhouse_payload(n) for n in range(4)])
    services.pending_fill()
    PendingExtraction.objects.update(state="dead", error="no text at all")


@pytest.mark.parametrize(("model", "search"), [("extraction", "1"), ("currentextraction", "1"), ("pendingextraction", "no text")])
def test_every_model_has_a_list_that_can_be_searched(rows, admin_client, model, search):
    page = admin_client.get(reverse(f"admin:extraction_{model}_changelist"), {"q": search})
    assert page.status_code == 200


@pytest.mark.parametrize("model", [Extraction, CurrentExtraction, PendingExtraction])
def test_rows_can_be_looked_at_and_not_changed(rows, admin_client, model):
    row = model.objects.first()
    url = reverse(f"admin:extraction_{model._meta.model_name}_change", args=[row.pk])
    assert admin_client.get(url).status_code == 200
    assert admin_client.post(url, {"tier": 2}).status_code == 403


def test_dead_letters_are_retried(rows, admin_client):
    dead = PendingExtraction.objects.get()
    url = reverse("admin:extraction_pendingextraction_changelist")
    answer = admin_client.post(url, {"action": "retry", "_selected_action": [dead.pk]}, follow=True)
    assert "1 postings wait" in answer.content.decode()
    dead.refresh_from_db()
    assert (dead.state, dead.error) == ("waiting", "")
