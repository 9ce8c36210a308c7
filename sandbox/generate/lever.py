"""A generated posting as the Lever API gives it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from sandbox.generate.company import Company
from sandbox.generate.evolve import Slot
from sandbox.generate.facts import Facts
from sandbox.generate.markup import lever_html, lever_items, lever_plain
from sandbox.generate.pay import salary_range
from sandbox.generate.prose import Section, sections

_COMMITMENT = {
    "full_time": ("Full-time", "Full Time", "Fulltime", "Permanent", "Regular Full Time (Salary)", "Full-time: {remote}"),
    "part_time": ("Part-time", "Part Time"),
    "contract": ("Contract", "Contractor", "Freelance"),
    "internship": ("Internship", "Intern", "Internship: {remote}"),
    "temporary": ("Temporary", "Fixed Term"),
}
_LOCAL_COMMITMENT = {"fr": "CDI", "de": "Vollzeit", "es": "Jornada completa", "pt": "Tempo integral"}
_WORKPLACE = {"onsite": "on-site", "hybrid": "hybrid", "remote": "remote", "unknown": "unspecified"}
_HOSTS = {"lever": "jobs.lever.co", "lever-eu": "jobs.eu.lever.co"}


def posting_id(company: Company, index: int, seed: int) -> str:
    """The id of a posting: a random UUID, the same every time."""
    return str(UUID(int=Random(f"{seed}/ids/{company.identity.number}/{index}").getrandbits(128), version=4))


def posting(company: Company, facts: Facts, slot: Slot, seed: int) -> dict[str, Any]:
    """One object of the array."""
    rng = Random(f"{facts.text_seed}/lever")
    identifier = posting_id(company, slot.index, seed)
    page = f"https://{_HOSTS[company.identity.host]}/{company.identity.key}/{identifier}".replace(" ", "%20")
    value: dict[str, Any] = {
        "id": identifier,
        "text": facts.title,
        "categories": _categories(facts, rng),
        "country": None if rng.random() < 0.03 else facts.places[0].country_code,
        "hostedUrl": page,
        "applyUrl": f"{page}/apply",
        "workplaceType": _WORKPLACE[facts.remote] if facts.remote_said == "field" else "unspecified",
    }
    if rng.random() > 0.01:
        value["createdAt"] = int(facts.published.timestamp() * 1000)
    return value | _text(sections(company, facts), rng) | _salary(facts)


def _categories(facts: Facts, rng: Random) -> dict[str, Any]:
    places = [place.written("city, country") for place in facts.places]
    remote = {"remote": "Remote", "hybrid": "Hybrid"}.get(facts.remote, "On-site")
    commitment = rng.choice(_COMMITMENT[facts.employment]).format(remote=remote)
    if facts.employment == "full_time" and facts.language in _LOCAL_COMMITMENT and rng.random() < 0.4:
        commitment = _LOCAL_COMMITMENT[facts.language]
    found = {
        "commitment": commitment if facts.employment_said == "field" else None,
        "location": None if rng.random() < 0.005 else facts.location,
        "team": facts.department,
        "department": None if rng.random() < 0.25 else facts.department,
        "allLocations": [facts.location, *places[1:]],
    }
    return {name: value for name, value in found.items() if value is not None}


def _text(parts: Sequence[Section], rng: Random) -> dict[str, Any]:
    """Story and role are the description, bullets the lists, the rest `additional`."""
    before = [part for part in parts if part.part in ("story", "role") and not part.bullets]
    listed = [part for part in parts if part.bullets]
    after = [part for part in parts if part not in before and part not in listed]
    # Some employers write everything into lists and leave the description empty.
    opening = before if rng.random() > 0.02 else []
    moved = [] if opening else before
    description, plain = _both(opening)
    additional, additional_plain = _both([*moved, *after])
    return {
        "opening": "",
        "openingPlain": "",
        "description": description,
        "descriptionPlain": plain,
        "descriptionBody": description,
        "descriptionBodyPlain": plain,
        "lists": [{"text": _list_title(part, rng), "content": lever_items(part, rng)} for part in listed],
        "additional": additional,
        "additionalPlain": additional_plain,
    }


def _both(parts: Sequence[Section]) -> tuple[str, str]:
    markup = "<div><br></div>".join(lever_html(part) for part in parts)
    return markup, "\n".join(lever_plain(part) for part in parts)


def _list_title(part: Section, rng: Random) -> str:
    return "" if rng.random() < 0.01 else part.heading + (":" if rng.random() < 0.2 else "")


def _salary(facts: Facts) -> dict[str, Any]:
    if facts.pay is None or facts.pay_said not in ("field", "both"):
        return {}
    # What the field means to some: nothing. Zero to zero occurs on real boards.
    empty = {"currency": facts.pay.currency, "interval": "per-year-salary", "min": 0, "max": 0}
    strange = Random(f"{facts.text_seed}/salary").random() < 0.02
    words = "The range depends on experience, skills and location."
    return {
        "salaryRange": empty if strange else salary_range(facts.pay),
        "salaryDescription": f"<div>{words}</div>",
        "salaryDescriptionPlain": f"{words}\n",
    }
