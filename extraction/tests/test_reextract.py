from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from extraction.models import Experiment, LLMCall
from extraction.tests.experiments.test_services import published  # noqa: F401 - fixture

pytestmark = pytest.mark.usefixtures("vocabulary")


def reextract(**options):
    output = StringIO()
    call_command("reextract", stdout=output, **options)
    return output.getvalue()


def test_rules_are_tried_on_a_sample_and_reported(published, tmp_path):  # noqa: F811
    told = reextract(sample=4, seed=3, gold=2, folder=tmp_path)
    experiment = Experiment.objects.get()
    assert "4 of 4 postings compared" in told
    assert f"--promote {experiment.pk}" in told
    report = json.loads((tmp_path / f"experiment_{experiment.pk}.json").read_text())
    assert report["experiment"]["seed"] == 3
    assert {"file", "metric", "rows", "rules", "experiment"} <= report["gold"][0].keys()
    assert "6 postings" not in reextract(promote=experiment.pk, reason="tried")
    assert experiment.events.get().published == 4
    assert "4 postings rolled back" in reextract(roll_back=experiment.pk)


def test_a_user_without_a_name_may_try_and_decide(published, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr("getpass.getuser", {}.popitem)  # raises KeyError, as for a container's user
    reextract(sample=1, folder=tmp_path)
    reextract(promote=Experiment.objects.get().pk, reason="tried")
    assert Experiment.objects.get().events.get().by == "command line"


def test_a_dry_run_counts_and_does_nothing(published):  # noqa: F811
    assert "6 postings would be extracted by the rules" in reextract(sample=0, dry_run=True)
    told = reextract(provider="anthropic", model="some-model", sample=2, dry_run=True)
    assert "expected cost" in told
    assert not Experiment.objects.exists()
    assert not LLMCall.objects.exists()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"model": "some-model"}, "rules have no model"),
        ({"provider": "ollama", "tier": 2}, "does not serve tier 2"),
        ({"sample": -1}, "--sample must be at least 0"),
        ({"promote": "6f1d7a53-1f9c-4a5c-9f5e-0e8f4f4a2c11"}, "there is no experiment"),
        ({"provider": "openai", "prompt": "no-such-file"}, "no-such-file"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be_is_refused_with_its_reason(options, complaint):
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with pytest.raises(CommandError, match=complaint):
        call_command("reextract", *arguments)
