"""The queue of unknown terms: counted by posting, bounded, decided once."""

from __future__ import annotations

import pytest

from catalog.curation import unknown_terms
from catalog.models import Skill, UnknownTerm
from catalog.services import jobs_publish, skill_register_name, term_reject, unknown_terms_count
from catalog.tests.factories import NOW, job_facts

pytestmark = pytest.mark.django_db


def publish(*texts: str, **changes) -> None:
    jobs_publish(facts=[job_facts(n, text=text, source_key=f"b{n}", company_name=f"Co {n}", company_domain=None, **changes)
                        for n, text in enumerate(texts)])  # fmt: skip


def queue() -> list[tuple[str, int, int]]:
    return list(UnknownTerm.objects.order_by("-posting_count", "form").values_list("form", "posting_count", "company_count"))


def test_terms_are_counted_once_a_posting_under_their_usual_spelling():
    publish("experience with Framzo, framzo, FRAMZO and Plonk", "tools such as Framzo", "experience with FRAMZO, Plonk")
    result = unknown_terms_count()
    assert queue() == [("Framzo", 3, 3), ("Plonk", 2, 2)]
    assert (result.jobs, result.open, result.new) == (3, 2, 2)
    assert unknown_terms_count().new == 0


def test_examples_are_of_different_companies_and_words():
    publish(*[f"{words} experience with Framzo" for words in ("A", "A", "B", "C", "D")])
    unknown_terms_count()
    examples = UnknownTerm.objects.get().examples
    assert [e["before"] + e["form"] for e in examples] == [f"{words} experience with Framzo" for words in "ABC"]
    assert len({e["job_id"] for e in examples}) == 3


def test_what_the_vocabulary_knows_and_the_company_itself_are_left_out():
    skill_register_name(skill=Skill.objects.create(name="Plonk", kind="tool", category="crm"))
    publish("experience with Plonk and Co 0", "experience with Plonk, Co 1")
    assert unknown_terms_count().open == 0


@pytest.mark.parametrize("written", ["Plonk's", "Plonk’s"], ids=["straight", "curved"])
def test_the_possessive_of_a_known_name_is_no_term(written):
    skill_register_name(skill=Skill.objects.create(name="Plonk", kind="tool", category="crm"))
    publish(*[f"experience with {written} ecosystem"] * 2)
    assert unknown_terms_count().open == 0


def test_a_part_of_a_known_form_is_no_term():
    for name in ("Google Pub/Sub", "SAP S/4HANA", "Wiffle.AI"):
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="cloud"))
    publish(*["experience with Google Pub/Sub, SAP S/4HANA and Wiffle.AI", "tools such as Wiffle.AI, SAP S/4HANA or Google Pub/Sub"] * 2)
    unknown_terms_count()
    assert queue() == []


def test_closed_jobs_and_single_mentions_do_not_count():
    publish("experience with Framzo", "experience with Framzo", closed_at=NOW)
    assert unknown_terms_count().jobs == 0
    publish("experience with Framzo", extraction_id=2)
    assert unknown_terms_count().open == 0


def test_the_queue_is_bounded_and_what_is_no_longer_named_leaves_it(monkeypatch):
    monkeypatch.setattr(unknown_terms, "QUEUE_SIZE", 2)
    publish("experience with Aax, Bbx", "experience with Aax, Bbx, Ccx", "experience with Aax, Ccx", "experience with Bbx")
    unknown_terms_count()
    assert [form for form, *_ in queue()] == ["Aax", "Bbx"]
    publish(*["nothing asked"] * 4, extraction_id=2)
    unknown_terms_count()
    assert queue() == []


def test_a_verdict_stays_and_its_counts_stay_fresh():
    publish("experience with Framzo", "experience with Framzo")
    unknown_terms_count()
    term_reject(term=UnknownTerm.objects.get(), by="ada")
    publish(*["experience with Framzo"] * 3, extraction_id=2)
    result = unknown_terms_count()
    assert (result.open, result.new) == (0, 0)
    assert list(UnknownTerm.objects.values_list("verdict", "posting_count", "decided_by")) == [("rejected", 3, "ada")]


def test_progress_is_told_to_the_end():
    told: list[int] = []
    publish("x", "y", "z")
    unknown_terms_count(on_progress=told.append)
    assert told[-1] == 3
