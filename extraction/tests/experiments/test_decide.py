from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Job, JobSkill
from extraction import services
from extraction.experiments.decide import DecisionError, experiment_promote, experiment_roll_back
from extraction.models import CurrentExtraction, ExperimentEvent, PendingExtraction
from extraction.tests.conftest import greenhouse_payload
from extraction.tests.experiments.test_services import OtherRules, published, run  # noqa: F401 - fixture

pytestmark = pytest.mark.usefixtures("vocabulary")


def shown():
    """What the catalogue shows, without when it was told."""
    jobs = Job.objects.order_by("posting_id").values_list("posting_id", "seniority_level", "content__job_summary", "extraction_id", "tier")
    return list(jobs), sorted(JobSkill.objects.values_list("job__posting_id", "skill__name", "surface", "start"))


def test_promoting_publishes_and_rolling_back_restores(published):  # noqa: F811
    before = shown()
    experiment = run(OtherRules())
    event = experiment_promote(experiment, by="ann", reason="levels are wrong anyway")
    assert (event.action, event.published, event.left, event.by, event.reason) == ("promote", 6, 0, "ann", "levels are wrong anyway")
    assert set(Job.objects.values_list("seniority_level", "content__job_summary")) == {("unknown", "Sells.")}
    assert set(CurrentExtraction.objects.values_list("extraction__prompt_version", "decided_by")) == {("other-rules", experiment.pk)}
    assert experiment_roll_back(experiment, by="bob").published == 6
    assert shown() == before
    assert [event.action for event in ExperimentEvent.objects.all()] == ["promote", "roll_back"]
    assert experiment_promote(experiment).published == 6


def test_a_decision_outlasts_the_next_run_until_the_content_changes(published, read_board):  # noqa: F811
    experiment_promote(run(OtherRules()))
    assert services.outdated_fill() == 0
    read_board([greenhouse_payload(n, **({"title": "Lead Gardener"} if n == 2 else {})) for n in range(6)])
    services.pending_fill()
    services.pending_extract()
    assert CurrentExtraction.objects.filter(decided_by=None).count() == 1
    assert Job.objects.exclude(content__job_summary="Sells.").get().title == "Lead Gardener"


def test_newer_content_and_postings_under_work_are_left_alone(published, read_board):  # noqa: F811
    experiment = run(OtherRules())
    soon = timezone.now() + timedelta(minutes=1)
    PendingExtraction.objects.create(posting_id=published[0].pk, tier=1, content_hash="x", lease_until=soon)
    read_board([greenhouse_payload(n, **({"title": "Lead Gardener"} if n == 2 else {})) for n in range(6)])
    event = experiment_promote(experiment)
    assert (event.published, event.left) == (4, 2)
    assert not CurrentExtraction.objects.filter(posting_id__in=[published[0].pk, published[2].pk]).exclude(decided_by=None).exists()


def test_what_was_extracted_since_the_promotion_is_not_rolled_back(published, read_board):  # noqa: F811
    experiment = run(OtherRules())
    experiment_promote(experiment)
    read_board([greenhouse_payload(n, **({"title": "Lead Gardener"} if n == 2 else {})) for n in range(6)])
    services.pending_fill()
    services.pending_extract()
    event = experiment_roll_back(experiment)
    assert (event.published, event.left) == (5, 1)
    assert Job.objects.get(posting_id=published[2].pk).title == "Lead Gardener"


def test_only_finished_experiments_are_promoted_and_only_promoted_ones_rolled_back(published):  # noqa: F811
    experiment = run(OtherRules())
    with pytest.raises(DecisionError, match="only a promoted experiment"):
        experiment_roll_back(experiment)
    experiment_promote(experiment)
    with pytest.raises(DecisionError, match="only a finished experiment"):
        experiment_promote(experiment)
