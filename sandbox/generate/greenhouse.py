"""A generated posting as the Greenhouse API gives it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from sandbox.boards import GreenhouseView
from sandbox.generate.company import Company
from sandbox.generate.evolve import Slot
from sandbox.generate.facts import Facts
from sandbox.generate.markup import escaped, greenhouse_html
from sandbox.generate.pay import Pay, pay_input_ranges
from sandbox.generate.places import City
from sandbox.generate.prose import sections

_NEW_YORK = timezone(timedelta(hours=-4))
_EMPLOYMENT = {
    "full_time": ("Full-time", "Regular", "Full_time", "Full Time | Exempt", "Permanent", "Unlimited Contract"),
    "part_time": ("Part-time", "Part Time", "Part-time (20h)"),
    "contract": ("Contract", "Contractor", "Fixed Term"),
    "internship": ("Intern", "Internship", "Working Student"),
    "temporary": ("Temporary", "Fixed-Term", "Seasonal"),
}
# The API has no period: employers write it into the title, where it is not a year.
_PAY_RANGE = {"year": "pay range", "month": "monthly pay range", "day": "daily pay range", "hour": "hourly pay range"}
_WORKPLACE = {"onsite": "On-site", "hybrid": "Hybrid", "remote": "Remote", "unknown": None}


def job_id(company: Company, index: int, seed: int) -> int:
    """The id of a posting: short ones of old boards, long ones of newer data centres."""
    number = company.identity.number
    rng = Random(f"{seed}/ids/{number}")
    start, step = rng.choice(((4_000_000, 7), (5_000_000_000, 1000), (8_400_000_000, 1000), (21_000, 3)))
    return start + number * 600 * step + index * step + rng.randint(0, 2)


def job(company: Company, facts: Facts, slot: Slot, seed: int, view: GreenhouseView) -> dict[str, Any]:
    """One object of `jobs[]`; without content the keys content, departments and offices are absent."""
    rng = Random(f"{facts.text_seed}/greenhouse")
    number = job_id(company, slot.index, seed)
    posting = _listed(company, facts, slot, number, rng)
    if view.content:
        posting["content"] = _content(company, facts, rng)
        posting["departments"] = [_department(company, facts, seed)]
        posting["offices"] = [_office(company, place, seed) for place in facts.places]
    if view.pay and facts.pay and facts.pay_said in ("field", "both"):
        posting["pay_input_ranges"] = pay_input_ranges(facts.pay, f"{facts.places[0].country} {_PAY_RANGE[facts.pay.period]}")
    return posting


def _listed(company: Company, facts: Facts, slot: Slot, number: int, rng: Random) -> dict[str, Any]:
    draw = rng.random()
    return {
        "absolute_url": _url(company, number),
        "data_compliance": [_compliance(company)],
        "internal_job_id": None if facts.prospect else _internal(company, slot, number),
        "location": None if draw < 0.004 else {"name": "" if draw < 0.008 else facts.location},
        "metadata": _metadata(company, facts, rng),
        "id": number,
        "updated_at": _stamp(facts.updated),
        "requisition_id": None if draw > 0.9 else "See Opening ID" if draw > 0.85 else _requisition(company, slot),
        "title": facts.title,
        "company_name": company.identity.name,
        "first_published": None if draw > 0.985 else _stamp(facts.published),
        "language": None if draw < 0.02 else facts.language,
        "application_deadline": None,
    }


def _content(company: Company, facts: Facts, rng: Random) -> str:
    if rng.random() < 0.002:
        return ""
    return escaped(greenhouse_html(sections(company, facts), rng))


def _url(company: Company, number: int) -> str:
    key, domain = company.identity.key, company.identity.domain
    if company.own_pages:
        return f"https://www.{domain}/careers/jobs?gh_jid={number}"
    if company.identity.number % 4 == 0:
        return f"https://boards.greenhouse.io/{key}/jobs/{number}?gh_jid={number}"
    return f"https://job-boards.greenhouse.io/{key}/jobs/{number}"


def _internal(company: Company, slot: Slot, number: int) -> int:
    """A job behind the post; every 40th post shares it with the one before (the same job elsewhere)."""
    return number // 2 + 1_000_000 - (1 if slot.index % 40 == 39 else 0)


def _requisition(company: Company, slot: Slot) -> str:
    return f"R-{company.identity.number * 37 % 900 + 100}{slot.index // 2:03}"


def _compliance(company: Company) -> dict[str, Any]:
    asks = company.identity.number % 3 == 0
    return {
        "type": "gdpr",
        "requires_consent": asks,
        "requires_processing_consent": False,
        "requires_retention_consent": asks,
        "retention_period": 365 if asks else None,
        "demographic_data_consent_applies": False,
    }


def _department(company: Company, facts: Facts, seed: int) -> dict[str, Any]:
    number = Random(f"{seed}/{company.identity.number}/{facts.department}").randint(10_000, 900_000)
    prefix = f"{number % 9000 + 1000} " if company.identity.number % 9 == 0 else ""
    return {"id": number, "name": f"{prefix}{facts.department}", "child_ids": [], "parent_id": None}


def _office(company: Company, place: City, seed: int) -> dict[str, Any]:
    number = Random(f"{seed}/{company.identity.number}/{place.city}").randint(10_000, 900_000)
    location = place.written("city, region, country") if number % 4 else None
    return {"id": number, "name": place.city, "location": location, "child_ids": [], "parent_id": None}


def _metadata(company: Company, facts: Facts, rng: Random) -> list[dict[str, Any]] | None:
    """The company's custom fields with values of this posting; null for companies without any."""
    if not company.metadata:
        return None
    return [
        {"id": field["id"], "name": field["name"], "value": _value(field, facts, rng), "value_type": field["value_type"]}
        for field in company.metadata
    ]


def _value(field: dict[str, Any], facts: Facts, rng: Random) -> Any:
    """The value in its type's shape; about a fifth of all values are null."""
    if rng.random() < 0.2:
        return None
    meaning = field.get("meaning")
    if meaning == "employment":
        return rng.choice(_EMPLOYMENT[facts.employment]) if facts.employment_said == "field" else None
    if meaning == "workplace":
        return _WORKPLACE[facts.remote] if facts.remote_said == "field" else None
    if meaning == "pay":
        return _pay_value(facts.pay, field["value_type"]) if facts.pay_said in ("field", "both") else None
    return rng.choice(field["values"])


def _pay_value(pay: Pay | None, value_type: str) -> dict[str, Any] | None:
    if pay is None:
        return None
    if value_type == "currency":
        return {"unit": pay.currency, "amount": str(float(pay.high))}
    return {"unit": pay.currency, "max_value": str(float(pay.high)), "min_value": str(float(pay.low))}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(_NEW_YORK).isoformat(timespec="seconds")
