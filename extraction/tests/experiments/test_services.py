from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal

import pytest

from catalog.models import Job
from extraction import services, store
from extraction.errors import ProviderError
from extraction.experiments.extractors import LLMExtractor, RulesExtractor
from extraction.experiments.services import EmptySampleError, experiment_begin, experiment_run, sample_ids
from extraction.models import CurrentExtraction, Experiment, Extraction, LLMCall
from extraction.schema import Seniority
from extraction.tests.conftest import greenhouse_payload
from extraction.tests.llms import ScriptedLLM, asked_of, in_turn, stating

pytestmark = pytest.mark.usefixtures("vocabulary")

FUNCTION = {"job_function": {"value": "marketing", "quote": "Build outbound sequences"}}


@dataclass(frozen=True)
class OtherRules(RulesExtractor):
    """The rules under another version, and without a sense for levels."""

    @property
    def identity(self):
        return store.Identity("rules", "", "other-rules", 0)

    def extract(self, posting_ids, experiment_id):
        outcome = super().extract(posting_ids, experiment_id)
        for item in outcome.extracted:
            record = item.result.record.model_copy(update={"seniority_level": Seniority.UNKNOWN, "job_summary": "Sells."})
            object.__setattr__(item.result, "record", record)
        return outcome


@pytest.fixture
def published(read_board):
    """A board of six postings that rules have published."""
    rows = read_board([greenhouse_payload(n) for n in range(6)])
    services.pending_fill()
    services.pending_extract()
    return rows


def run(extractor, *, sample=0, seed=0):
    return experiment_run(experiment_begin(extractor=extractor, sample=sample, seed=seed), extractor)


def field(experiment, name):
    return next(row for row in experiment.report["fields"] if row["field"] == name)


def test_the_rules_of_now_change_nothing(published):
    experiment = run(RulesExtractor())
    assert experiment.state == Experiment.State.DONE
    assert experiment.report["postings"] == {"sampled": 6, "compared": 6, "not_extracted": 0}
    assert all(row["same"] == 6 for row in experiment.report["fields"])
    assert Extraction.objects.count() == 6


def test_other_rules_are_compared_field_by_field_and_publish_nothing(published):
    experiment = run(OtherRules())
    level = field(experiment, "seniority_level")
    assert (level["emptied"], level["same"], level["coverage_before"], level["coverage_after"]) == (6, 0, 1.0, 0.0)
    assert field(experiment, "job_summary")["changed"] == 6
    assert level["examples"][0] | {"posting_id": 0} == {"posting_id": 0, "change": "emptied", "before": "senior", "after": "unknown"}
    assert Extraction.objects.filter(run_id=experiment.pk, prompt_version="other-rules").count() == 6
    assert set(Job.objects.values_list("seniority_level", flat=True)) == {"senior"}
    assert set(CurrentExtraction.objects.values_list("extraction__prompt_version", flat=True)) == {services.rules_provider().version}
    json.dumps(experiment.report)


def test_the_same_seed_draws_the_same_postings(published):
    drawn = [sample_ids(sample=3, seed=seed) for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({tuple(ids) for ids in drawn}) > 1
    assert len(sample_ids(sample=0, seed=0)) == 6


def test_a_model_is_tried_without_paying_twice(published):
    llm = ScriptedLLM(stating(FUNCTION), name="openai")
    experiment = run(LLMExtractor(llm, tier=2), sample=4)
    assert experiment.report["postings"]["compared"] == 4
    cost = experiment.report["cost"]
    assert cost["calls"] == len(llm.prompts) == 4
    assert cost["spent_usd"] == float(sum(LLMCall.objects.values_list("cost_usd", flat=True))) > 0
    assert set(LLMCall.objects.values_list("purpose", "run_id")) == {("experiment", experiment.pk)}
    again = run(LLMExtractor(llm, tier=2), sample=4)
    assert (again.report["cost"]["calls"], len(llm.prompts)) == (0, 4)
    assert set(CurrentExtraction.objects.values_list("tier", flat=True)) == {0}


def test_other_instructions_are_another_version_and_reach_the_model(published):
    llm = ScriptedLLM(name="openai")
    usual, other = LLMExtractor(llm, tier=2), LLMExtractor(llm, tier=2, system="Copy facts, in JSON.")
    assert usual.identity.prompt_version != other.identity.prompt_version
    run(other, sample=1)
    assert llm.prompts[0].system == "Copy facts, in JSON."


def test_what_the_spend_cap_stops_goes_on_when_it_is_raised(published, settings):
    llm = ScriptedLLM(name="openai")
    settings.LLM_SPEND_CAP_USD = Decimal(0)
    stopped = run(LLMExtractor(llm, tier=2))
    assert stopped.state == Experiment.State.RUNNING
    assert "LLM_SPEND_CAP_USD" in stopped.message
    settings.LLM_SPEND_CAP_USD = Decimal(5)
    done = run(LLMExtractor(llm, tier=2))
    assert (done.pk, done.state, done.message) == (stopped.pk, Experiment.State.DONE, "")


def test_an_interrupted_experiment_keeps_what_it_paid_for(published):
    llm = ScriptedLLM(in_turn(stating({}), stating({}), lambda prompt: ProviderError("busy", retryable=True)), name="openai")
    assert run(LLMExtractor(llm, tier=2)).message == "busy"
    assert LLMCall.objects.filter(state="answered").count() == 2
    llm.script = stating({})
    done = run(LLMExtractor(llm, tier=2))
    assert done.report["postings"]["compared"] == 6
    assert LLMCall.objects.filter(state="answered").count() == 6


def test_a_posting_that_cannot_be_extracted_spoils_no_other(published):
    def script(prompt):
        (text,) = asked_of(prompt).values()
        return ProviderError("refused", retryable=False) if "Executive 3" in text else stating({})(prompt)

    experiment = run(LLMExtractor(ScriptedLLM(script, name="openai"), tier=2))
    assert experiment.report["postings"] == {"sampled": 6, "compared": 5, "not_extracted": 1}
    assert experiment.report["errors"] == [{"error": "refused", "postings": 1}]


def test_content_that_changed_since_the_draw_is_not_compared(published, read_board):
    experiment = experiment_begin(extractor=RulesExtractor(), sample=0, seed=0)
    read_board([greenhouse_payload(n, **({"title": "Lead Gardener"} if n == 2 else {})) for n in range(6)])
    experiment_run(experiment, RulesExtractor())
    assert experiment.report["postings"] == {"sampled": 6, "compared": 5, "not_extracted": 1}
    assert "content has changed" in experiment.report["errors"][0]["error"]


@pytest.mark.django_db
def test_without_a_published_posting_it_says_what_to_do():
    with pytest.raises(EmptySampleError, match=r"manage\.py extract"):
        experiment_begin(extractor=RulesExtractor(), sample=5, seed=0)
    assert not Experiment.objects.exists()
