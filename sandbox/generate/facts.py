"""What one posting is about, before a word of it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sandbox.generate.company import Company
from sandbox.generate.evolve import Slot
from sandbox.generate.pay import Pay, draw_pay
from sandbox.generate.places import City, cities, location_text
from sandbox.generate.text import phrases

FUNCTIONS = {
    "sales": 21, "revops": 7, "marketing": 12, "customer_success": 9, "engineering": 16, "data": 6, "product": 5,
    "design": 3, "support": 4, "finance": 4, "hr": 3, "legal": 2, "operations": 4, "it": 2, "security": 2,
    "research": 1, "other": 1,
}  # fmt: skip
SENIORITIES = {
    "intern": 3, "junior": 9, "mid": 38, "senior": 25, "staff": 3.5, "principal": 2, "manager": 10, "director": 5.5,
    "vp": 2.5, "cxo": 0.7,
}  # fmt: skip
REMOTE = {"onsite": 34, "hybrid": 28, "remote": 26, "unknown": 12}
EMPLOYMENT = {"full_time": 90, "part_time": 3, "contract": 5, "temporary": 2}
_LANGUAGES = {"DE": "de", "FR": "fr", "ES": "es", "MX": "es", "BR": "pt", "PT": "pt"}
_SPOKEN_AT_HOME = 0.45
_LIFE = 120  # days: nothing on a board is older at the reference date


@dataclass(frozen=True)
class Facts:
    """One posting as its company would describe it to itself.

    `role` is the bare title, `title` what stands on the board. `remote_said`, `employment_said` and
    `pay_said`: where it says so ("field", "place", "text", "both" or "nowhere"). `text_seed` decides the
    wording and nothing else.
    """

    function: str
    seniority: str
    role: str
    title: str
    department: str
    language: str
    places: tuple[City, ...]
    location: str
    remote: str
    remote_said: str
    employment: str
    employment_said: str
    pay: Pay | None
    pay_said: str
    published: datetime
    updated: datetime
    text_seed: str
    prospect: bool = False


def facts_of(company: Company, slot: Slot, reference: date, seed: int) -> Facts:
    """The facts of a posting in its present revision."""
    identity = f"{seed}/posting/{company.identity.number}/{slot.index}"
    facts = _first_facts(company, slot, reference, Random(identity), identity)
    for revision in range(1, slot.revision + 1):
        facts = _revised(facts, company, Random(f"{identity}/revision/{revision}"), revision)
    if slot.revision:
        facts = replace(facts, updated=_at(reference, slot.changed, Random(f"{identity}/at/{slot.changed}")))
    return facts


def _first_facts(company: Company, slot: Slot, reference: date, rng: Random, identity: str) -> Facts:
    function = _drawn(FUNCTIONS, rng)
    stock = phrases(f"functions/{function}")
    known = {level: weight for level, weight in SENIORITIES.items() if level in stock["titles"]}
    seniority = _drawn(known, rng)
    places = _places(company, rng)
    language = _language(places[0], rng)
    remote = _drawn(REMOTE, rng)
    remote_said = rng.choice(("field", "place", "text")) if remote != "unknown" else "nowhere"
    role = _role(stock, function, seniority, language, rng)
    employment = "internship" if seniority == "intern" else _drawn(EMPLOYMENT, rng)
    published = _published(slot, reference, rng)
    pay = draw_pay(places[0].country_code, seniority, stock["pay"], rng, ote=function == "sales")
    facts = Facts(
        function=function,
        seniority=seniority,
        role=role,
        title=_title(role, stock["focus"], places[0], rng),
        department=rng.choice(stock["departments"]),
        language=language,
        places=places,
        location=location_text(places, _place_word(remote, remote_said), rng, _style(company, rng)),
        remote=remote,
        remote_said=remote_said,
        employment=employment,
        employment_said=rng.choice(("field", "field", "text", "nowhere")),
        pay=pay,
        pay_said=_pay_said(company, rng),
        published=published,
        updated=min(published + timedelta(days=rng.expovariate(1 / 9)), _at(reference, slot.born, rng)),
        text_seed=identity,
    )
    return _prospect(facts, company) if rng.random() < 0.006 else facts


def _drawn(weights: dict[str, float] | dict[str, int], rng: Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _places(company: Company, rng: Random) -> tuple[City, ...]:
    draw = rng.random()
    if draw < 0.82 or len(company.offices) == 1:
        return (rng.choice(company.offices),)
    wider = company.offices if draw < 0.96 else tuple(dict.fromkeys([*company.offices, *cities(company.country)]))
    return tuple(rng.sample(wider, min(len(wider), rng.choice((2, 2, 3)) if draw < 0.96 else rng.randint(4, 9))))


def _language(place: City, rng: Random) -> str:
    local = _LANGUAGES.get(place.country_code, "en")
    return local if rng.random() < _SPOKEN_AT_HOME else "en"


def _style(company: Company, rng: Random) -> str:
    return company.style if rng.random() < 0.8 else rng.choice(("city", "short", "city, region"))


def _place_word(remote: str, said: str) -> str:
    if said != "place" or remote == "onsite":
        return ""
    return "place" if remote == "remote" else "hybrid place"


def _pay_said(company: Company, rng: Random) -> str:
    if not company.pays_openly:
        return "text" if rng.random() < 0.08 else "nowhere"
    return rng.choice(("text", "text", "field", "both", "nowhere"))


def _at(reference: date, day: int, rng: Random) -> datetime:
    """Some moment of a day: `day` days after the reference date."""
    start = datetime.combine(reference + timedelta(days=day), time(), UTC)
    return start + timedelta(seconds=rng.randint(0, 17 * 3600))


def _published(slot: Slot, reference: date, rng: Random) -> datetime:
    """Day-0 postings are spread over the days before, denser towards the end; later ones are born on their day."""
    age = 0 if slot.born else 1 + int(_LIFE * rng.random() ** 1.6) % _LIFE
    return _at(reference, slot.born - age, rng)


def _role(stock: dict[str, Any], function: str, seniority: str, language: str, rng: Random) -> str:
    local = phrases(f"languages/{language}")["titles"].get(function) if language != "en" else None
    return str(rng.choice(local if local and seniority in ("mid", "senior") else stock["titles"][seniority]))


def _title(role: str, focus: Sequence[str], place: City, rng: Random) -> str:
    """The role with what companies hang on it: a focus, a place, a note on gender."""
    title = role
    draw = rng.random()
    if draw < 0.26 and focus:
        title += rng.choice((", {}", " - {}", " ({})", ", {}")).format(rng.choice(focus))
    elif draw < 0.34:
        title += rng.choice((" - {}", " ({})", ", {}")).format(place.short or place.city)
    if place.country_code == "DE" and rng.random() < 0.6:
        title += rng.choice((" (m/w/d)", " (m/f/d)", " (all genders)", " (w/m/d)"))
    return _odd(title, rng)


def _odd(title: str, rng: Random) -> str:
    """What real titles carry: stray spaces, brackets, a shout."""
    draw = rng.random()
    if draw > 0.06:
        return title
    return rng.choice((f" {title}", f"{title} ", title.replace(" ", "  ", 1), f"{title} [Evergreen]", title.upper()))


def _prospect(facts: Facts, company: Company) -> Facts:
    """A post that collects applications without an opening."""
    titles = phrases("common")["prospect_titles"]
    title = Random(facts.text_seed + "/prospect").choice(titles).format(company=company.identity.name)
    return replace(facts, role=title, title=title, prospect=True, pay_said="nowhere", seniority="mid", function="other")


def _revised(facts: Facts, company: Company, rng: Random, revision: int) -> Facts:
    """One change an employer makes to a posting: new wording, pay, place or title."""
    draw = rng.random()
    if draw < 0.55:
        return replace(facts, text_seed=f"{facts.text_seed.split('#')[0]}#{revision}")
    if draw < 0.75 and facts.pay:
        raised = replace(facts.pay, low=facts.pay.low * 1.05 // 1, high=facts.pay.high * 1.05 // 1)
        return replace(facts, pay=raised, pay_said="text")
    if draw < 0.9:
        city = rng.choice(company.offices)
        changed = f"{facts.text_seed.split('#')[0]}#{revision}"
        return replace(facts, places=(city,), location=city.written("city, country"), text_seed=changed)
    return replace(facts, title=f"{facts.title.strip()} ({rng.choice(('New', 'Urgent', 'Relaunch'))} {revision})")
