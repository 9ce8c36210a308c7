"""Whatever is asked: a count without "+" is that of a full scan, and the facets' numbers are too."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.facts import JobFacts
from catalog.models import Skill
from catalog.search.counts import Count
from catalog.search.facets import search_facets
from catalog.search.postgres.backend import PostgresBackend
from catalog.services import skill_register_name
from catalog.tests.factories import NOW, job_facts, mention
from catalog.tests.search.conftest import asked, postings, walk

SKILLS = ["Salesforce", "HubSpot", "Gong"]
WORDS = ["zebra", "yacht", "xenon"]
VALUES: Mapping[str, Sequence[str]] = {
    "seniority": ["junior", "senior", "unknown"],
    "function": ["sales", "data", "legal"],
    "remote": ["remote", "onsite", "unknown"],
    "employment": ["full_time", "contract"],
    "country": ["US", "DE"],
    "state": ["open", "missing", "closed"],
    "skill": SKILLS,
    "skill_any": SKILLS,
    "has": ["salary", "skill", "country", "remote"],
}
ALONE: Mapping[str, Sequence[str]] = {
    "min_comp": ["80000", "100000"],
    "max_comp": ["90000", "200000"],
    "posted_after": ["2026-07-25"],
    "posted_before": ["2026-07-25"],
    "q": [*WORDS, "zebra yacht", "zebra OR xenon", "zebra -yacht", '"zebra yacht"'],
}
EXCLUDING = ["seniority", "function", "remote", "employment", "country", "skill", "has"]


def has(facts: JobFacts, name: str) -> bool:
    values = {"salary": facts.salary_max_usd, "skill": facts.skills, "country": facts.location_country}
    return facts.remote_type != "unknown" if name == "remote" else bool(values[name])


def skills_of(facts: JobFacts) -> set[str]:
    return {found.skill for found in facts.skills}


def state_of(facts: JobFacts) -> str:
    return "closed" if facts.closed_at else "missing" if facts.missing_since else "open"


def says(facts: JobFacts, text: str) -> bool:
    words = facts.text.split()
    if text.startswith('"'):
        return text.strip('"') in facts.text
    if " OR " in text:
        return any(word in words for word in text.split(" OR "))
    return all((word[1:] not in words) if word.startswith("-") else word in words for word in text.split())


# What each parameter means, told once more, in Python.
MEANS: Mapping[str, Callable[[JobFacts, Sequence[str]], bool]] = {
    "seniority": lambda f, vs: f.seniority_level in vs,
    "function": lambda f, vs: f.job_function in vs,
    "remote": lambda f, vs: f.remote_type in vs,
    "employment": lambda f, vs: f.employment_type in vs,
    "country": lambda f, vs: f.location_country in vs,
    "state": lambda f, vs: state_of(f) in vs,
    "skill": lambda f, vs: set(vs) <= skills_of(f),
    "skill_any": lambda f, vs: bool(set(vs) & skills_of(f)),
    "skill_not": lambda f, vs: not set(vs) & skills_of(f),
    "has": lambda f, vs: all(has(f, v) for v in vs),
    "has_not": lambda f, vs: not any(has(f, v) for v in vs),
    "min_comp": lambda f, vs: (f.salary_max_usd or 0) >= int(vs[0]),
    "max_comp": lambda f, vs: 0 < (f.salary_max_usd or 0) <= int(vs[0]),
    "posted_after": lambda f, vs: f.posted_at is not None and f"{f.posted_at:%Y-%m-%d}" >= vs[0],
    "posted_before": lambda f, vs: f.posted_at is not None and f"{f.posted_at:%Y-%m-%d}" < vs[0],
    "q": lambda f, vs: says(f, vs[0]),
}


def means(facts: JobFacts, chosen: Mapping[str, Sequence[str]]) -> bool:
    asked_for = {"state": ["open"], **chosen}
    return all(
        MEANS[name](facts, values) if name in MEANS else not MEANS[name.removesuffix("_not")](facts, values)
        for name, values in asked_for.items()
    )


def filters() -> st.SearchStrategy[dict[str, list[str]]]:
    several = {name: st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True) for name, values in VALUES.items()}
    excluded = {f"{name}_not": several[name] for name in EXCLUDING}
    alone = {name: st.sampled_from(values).map(lambda value: [value]) for name, values in ALONE.items()}
    every = {**several, **excluded, **alone}
    return st.lists(st.sampled_from(sorted(every)), max_size=4, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: every[name] for name in names})
    )


def random_jobs(number: int) -> list[JobFacts]:
    rnd = random.Random(20260801)
    return [
        job_facts(
            n,
            seniority_level=rnd.choice(VALUES["seniority"]),
            job_function=rnd.choice(VALUES["function"]),
            remote_type=rnd.choice(VALUES["remote"]),
            employment_type=rnd.choice(VALUES["employment"]),
            location_country=rnd.choice(["US", "DE", None]),
            salary_min_usd=None,
            salary_max_usd=rnd.choice([None, 90_000, 180_000]),
            missing_since=rnd.choice([None, None, NOW]),
            closed_at=rnd.choice([None, None, None, NOW]),
            posted_at=rnd.choice([None, NOW - timedelta(days=rnd.randint(0, 20)), NOW - timedelta(days=rnd.randint(0, 20))]),
            text=" ".join([*rnd.sample(WORDS, k=rnd.randint(0, 3)), "and others"]),
            skills=tuple(mention(name) for name in rnd.sample(SKILLS, k=rnd.randint(0, 2))),
        )
        for n in range(number)
    ]


def test_counts_pages_and_facets_equal_a_full_scan(backend, publish):
    for name in SKILLS:
        skill_register_name(skill=Skill.objects.create(name=name, kind="tool", category="crm"))
    facts = random_jobs(150)
    publish(facts)

    @settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(chosen=filters())
    def holds(chosen: dict[str, list[str]]) -> None:
        expected = [item for item in facts if means(item, chosen)]
        query = urlencode(chosen, doseq=True)
        search = asked(query)
        assert backend.count(search) == Count(len(expected), is_exact=True), query
        if expected:
            assert sorted(walk(backend, query, limit=40)) == [item.posting_id for item in expected], query
        assert sorted(postings(list(PostgresBackend().stream(search)))) == [item.posting_id for item in expected], query
        if "function" not in chosen:
            shown = {value.value: value.count.value for value in search_facets(search, ["function"], backend)["function"]}
            assert shown == Counter(item.job_function for item in expected), query

    holds()
