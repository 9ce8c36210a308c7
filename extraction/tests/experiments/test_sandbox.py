"""An experiment through the vendors' official clients."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from extraction.models import CurrentExtraction, Experiment, LLMCall
from extraction.tests.experiments.test_services import published  # noqa: F401 - fixture
from extraction.tests.test_tiers_sandbox import MODELS, shared_vendors, vendors  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("vocabulary", "vendors")


def reextract(folder, provider, **options):
    output = StringIO()
    call_command("reextract", provider=provider, model=MODELS[provider][1], sample=3, folder=folder, stdout=output, **options)
    return output.getvalue()


@pytest.mark.parametrize("provider", MODELS)
def test_a_vendors_model_is_tried_promoted_and_never_paid_twice(published, tmp_path, provider):  # noqa: F811
    assert "3 of 3 postings compared" in reextract(tmp_path, provider)
    first = Experiment.objects.get()
    calls = LLMCall.objects.filter(run_id=first.pk)
    assert set(calls.values_list("state", "provider", "purpose")) == {("answered", provider, "experiment")}
    assert (sum(calls.values_list("cost_usd", flat=True)) > 0) == (provider != "ollama")
    reextract(tmp_path, provider, seed=first.seed)
    assert LLMCall.objects.count() == calls.count()
    call_command("reextract", promote=first.pk, stdout=StringIO())
    assert CurrentExtraction.objects.filter(extraction__provider=provider, decided_by=first.pk).count() == 3


def test_the_cap_stops_it_and_the_same_call_goes_on(published, tmp_path, settings):  # noqa: F811
    settings.LLM_SPEND_CAP_USD = Decimal("0.02")
    with pytest.raises(CommandError, match="LLM_SPEND_CAP_USD"):
        reextract(tmp_path, "openai")
    assert LLMCall.objects.all().spending().spent_usd <= Decimal("0.02")
    settings.LLM_SPEND_CAP_USD = Decimal(5)
    assert "3 of 3 postings compared" in reextract(tmp_path, "openai")
    assert Experiment.objects.count() == 1
