"""The words of a posting: sections of paragraphs and bullets, the same for both ATSs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from sandbox.generate.company import Company
from sandbox.generate.facts import Facts
from sandbox.generate.pay import Pay, pay_words
from sandbox.generate.text import Writer, phrases

Part = Literal["story", "role", "do", "need", "plus", "offer", "pay", "legal"]

_YEARS = {
    "intern": (0, 1),
    "junior": (1, 2),
    "mid": (2, 5),
    "senior": (5, 8),
    "staff": (8, 12),
    "principal": (10, 14),
    "manager": (5, 9),
    "director": (8, 12),
    "vp": (12, 16),
    "cxo": (15, 20),
}
_YEARLY = re.compile("annual|annuel|anual|Jahres")
_LEADS = ("manager", "director", "vp", "cxo")


@dataclass(frozen=True)
class Section:
    """One part of a posting: a heading ("" for none), paragraphs, then bullets."""

    part: Part
    heading: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()


def sections(company: Company, facts: Facts) -> list[Section]:
    """The whole text of a posting."""
    rng = Random(f"{facts.text_seed}/text")
    writer = company.writer(rng, _slots(facts, rng), facts.language)
    if facts.language != "en":
        return list(_foreign(company, facts, writer, phrases(f"languages/{facts.language}")))
    return list(_english(company, facts, writer))


def _slots(facts: Facts, rng: Random) -> dict[str, str]:
    least, most = _YEARS[facts.seniority]
    years = rng.randint(least, most)
    return {
        "title": facts.role,
        "team": facts.department,
        "place": facts.places[0].city,
        "country": facts.places[0].country,
        "years": str(max(1, years)),
        "more_years": str(max(1, years) + rng.randint(2, 3)),
        "days": str(rng.randint(1, 4)),
    }


def _english(company: Company, facts: Facts, writer: Writer) -> Iterator[Section]:
    common, own = phrases("common"), phrases(f"functions/{facts.function}")
    rng, heads = writer.rng, company.headings
    yield Section("story", heads["story"], company.story)
    role = [writer.write(rng.choice(own["intro"])), *writer.pick(common["role"], rng.randint(2, 3))]
    yield Section("role", heads["role"], tuple(role + _circumstances(facts, writer, common)))
    if facts.prospect:
        return
    yield Section("do", heads["do"], (), tuple(_duties(facts, writer, own, common)))
    yield Section("need", heads["need"], (), tuple(_needs(facts, writer, own, common)))
    if rng.random() < 0.7:
        plus = writer.pick(own["plus"], rng.randint(1, 3)) + writer.pick(common["plus"], 1)
        yield Section("plus", heads["plus"], (), tuple(plus))
    if rng.random() < 0.75:
        yield Section("role", heads["how"], tuple(writer.pick(common["how"], rng.randint(2, 4))))
    yield Section("offer", heads["offer"], (), company.benefits)
    yield from _pay(facts, writer, common["pay"], heads["pay"])
    yield Section("legal", "", company.legal)


def _duties(facts: Facts, writer: Writer, own: dict[str, Any], common: dict[str, Any]) -> list[str]:
    duties = writer.pick(own["do"], writer.rng.randint(8, 11))
    extra = common["lead"] if facts.seniority in _LEADS else common["learn"] if facts.seniority == "intern" else ()
    return writer.pick(extra, 3) + duties + writer.pick(common["do"], writer.rng.randint(1, 2))


def _needs(facts: Facts, writer: Writer, own: dict[str, Any], common: dict[str, Any]) -> list[str]:
    rng = writer.rng
    years = common["student"] if facts.seniority == "intern" else common["years"]
    first = writer.write(rng.choice(years))
    return [first, *writer.pick(own["need"], rng.randint(5, 8)), *writer.pick(common["need"], rng.randint(2, 4))]


def _circumstances(facts: Facts, writer: Writer, stock: dict[str, Any]) -> list[str]:
    """Where and how one works, as far as the posting says it in its text."""
    said = [writer.write(writer.rng.choice(stock["where"]))]
    if facts.remote_said == "text":
        said.append(writer.write(writer.rng.choice(stock["remote"][facts.remote])))
    if facts.employment_said == "text":
        said.append(writer.write(writer.rng.choice(stock["employment"][facts.employment])))
    return said


def _pay(facts: Facts, writer: Writer, templates: list[str], heading: str) -> Iterator[Section]:
    if facts.pay is None or facts.pay_said not in ("text", "both"):
        return
    fitting = [template for template in templates if _fits(facts.pay, template)]
    sentence = writer.write(writer.rng.choice(fitting)).replace("<pay>", pay_words(facts.pay, writer.rng, facts.language))
    yield Section("pay", heading, (sentence,))


def _fits(pay: Pay, template: str) -> bool:
    """Whether a sentence about pay does not contradict the offer: earnings are no base salary, an hour's pay is no year's."""
    if pay.ote and "base salary" in template:
        return False
    return pay.period == "year" or not _YEARLY.search(template)


def _foreign(company: Company, facts: Facts, writer: Writer, stock: dict[str, Any]) -> Iterator[Section]:
    """The same parts from another language's stock; duties by function where it has them."""
    rng, heads = writer.rng, {part: writer.rng.choice(names) for part, names in stock["headings"].items()}
    yield Section("story", heads["story"], tuple(writer.pick(stock["story"], 6)))
    yield Section("role", heads["role"], tuple(writer.pick(stock["role"], 4) + _circumstances(facts, writer, stock)))
    if facts.prospect:
        return
    duties = writer.pick(stock["do"].get(facts.function, ()), 6) + writer.pick(stock["do"]["any"], 7)
    yield Section("do", heads["do"], (), tuple(duties))
    needs = writer.pick(stock["years"], 1) + writer.pick(stock["need"], 8) + writer.pick(stock["tools"], 3)
    yield Section("need", heads["need"], (), tuple(needs))
    yield Section("offer", heads["offer"], (), tuple(writer.pick(stock["offer"], rng.randint(8, 10))))
    yield from _pay(facts, writer, stock["pay"], heads["pay"])
    yield Section("legal", "", tuple(writer.pick(stock["legal"], 4)))
