"""What the rules read out of invented postings against what their author knows. Floors are a little below what is reached."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pytest

from catalog.vocabulary.vocabulary_csv import read_vocabulary
from extraction.document import Document
from extraction.providers.base import Result
from extraction.providers.rules import RulesProvider
from extraction.rules.skills import Matcher
from extraction.schema import SalaryDetails
from extraction.tests.documents import document_from
from ingestion.ats.registry import adapter
from sandbox.generate import generated_boards, greenhouse, lever
from sandbox.generate.board import WHOLE, GeneratedBoard
from sandbox.generate.company import Company, company
from sandbox.generate.evolve import slots_on
from sandbox.generate.facts import Facts, facts_of
from sandbox.generate.pay import Pay
from sandbox.generate.text import phrases

REFERENCE = date(2026, 9, 1)
# (seed, day): boards as they begin, and boards that have lived for a while.
WORLDS = ((11, 0), (12, 9))
BOARDS, POSTINGS = 10, 240

COMMITMENT_PLACES = {"Remote": "remote", "Hybrid": "hybrid", "On-site": "onsite"}
# Tools that the stock of sentences names by itself, beside those of the company.
ALWAYS_NAMED = frozenset(
    (
        "Android", "Apex", "Bash", "CSS", "DNS", "Excel", "Flow", "Google Workspace", "HTML", "HTTP", "iOS", "Jamf", "LinkedIn Recruiter",
        "macOS", "Microsoft 365", "n8n", "PowerShell", "Python", "Salesforce", "SQL", "VPN", "Windows", "Workato", "Zapier",
    )
)  # fmt: skip
FRAMES = ("This role exists", "You will report", "The position is", "This is a full-time", "The role is full-time")


@dataclass(frozen=True)
class Case:
    """One posting: what its author knows, what the ATS answers, what the rules read."""

    company: Company
    facts: Facts
    payload: dict[str, Any]
    document: Document
    result: Result

    @property
    def text(self) -> str:
        return self.document.text

    @property
    def is_lever(self) -> bool:
        return "categories" in self.payload

    @property
    def place(self) -> str:
        """The place as the posting has it, "" for none."""
        if self.is_lever:
            return str(self.payload["categories"].get("location") or self.payload["categories"]["allLocations"][0])
        return str((self.payload["location"] or {}).get("name", ""))

    @cached_property
    def named_tools(self) -> set[str]:
        """The company's tools that the text names; rules and standards are none."""
        stack = {tool for tools in self.company.stack.values() for tool in tools} - set(phrases("tools")["compliance"])
        return {tool for tool in stack if tool in self.text and re.search(rf"(?<!\w){re.escape(tool)}(?!\w)", self.text)}

    def has_field(self, *names: str) -> bool:
        """Whether one of the board's own fields of these names has a value."""
        return any(field["name"] in names and field["value"] is not None for field in self.payload.get("metadata") or ())


def cases_of(board: GeneratedBoard, day: int, provider: RulesProvider) -> Iterator[Case]:
    source_type = "greenhouse" if board.host == "greenhouse" else "lever"
    hiring = company(board.identity, board.seed)
    for slot in slots_on(day, board.size, f"{board.seed}/{board.identity.number}"):
        facts = facts_of(hiring, slot, REFERENCE, board.seed)
        if facts.prospect:
            continue
        if source_type == "lever":
            payload = lever.posting(hiring, facts, slot, board.seed)
        else:
            payload = greenhouse.job(hiring, facts, slot, board.seed, WHOLE)
        document = document_from(adapter(source_type).parse(payload), board.identity.name, source_type, board.key.lower())
        if document.text:
            yield Case(hiring, facts, payload, document, *provider.extract([document]))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    provider = RulesProvider(Matcher(read_vocabulary()))
    boards = [(board, day) for seed, day in WORLDS for board in generated_boards(BOARDS, POSTINGS, seed, REFERENCE)]
    return [case for board, day in boards for case in cases_of(board, day, provider)]


def share(cases: Sequence[Case], is_right: Callable[[Case], bool]) -> float:
    return sum(map(is_right, cases)) / len(cases)


def has_pay_field(case: Case) -> bool:
    if case.is_lever:
        return bool(case.payload.get("salaryRange", {}).get("max"))
    return "pay_input_ranges" in case.payload


def states_pay(case: Case) -> bool:
    return case.facts.pay is not None and (has_pay_field(case) or case.facts.pay_said in ("text", "both"))


def is_written(pay: Pay, value: float, text: str) -> bool:
    """Whether the text has the figure, with the separators of some language or in thousands."""
    full = pay.number(value)
    swapped = (full.translate(str.maketrans(marks)) for marks in ({",": ".", ".": ","}, {",": " ", ".": ","}))
    return any(form in text for form in (full, f"{value / 1000:.0f}k", *swapped))


def bounds(case: Case, pay: Pay) -> set[tuple[float | None, float | None]]:
    """What may be read as (min, max): an offer in the text may name one figure only, as it is or as an end."""
    if has_pay_field(case) or (is_written(pay, pay.low, case.text) and is_written(pay, pay.high, case.text)):
        return {(pay.low, pay.high)}
    return {(pay.low, None), (None, pay.high), (pay.high, pay.high)}


def is_pay(found: SalaryDetails | None, case: Case) -> bool:
    pay = case.facts.pay
    if found is None or pay is None:
        return False
    return (found.min, found.max) in bounds(case, pay) and (found.currency, found.period.value) == (pay.currency, pay.period)


def stated_remote(case: Case) -> str:
    """The arrangement, where the posting says it at all."""
    commitment = str(case.payload["categories"].get("commitment", "")) if case.is_lever else ""
    in_field = case.payload["workplaceType"] != "unspecified" if case.is_lever else case.has_field("Workplace Type", "Job Location Type")
    if in_field or case.facts.remote_said == "text" or re.search("remote|hybrid", case.place, re.IGNORECASE):
        return case.facts.remote
    return COMMITMENT_PLACES[commitment.partition(": ")[2]] if ": " in commitment else "unknown"


def stated_employment(case: Case) -> str:
    """The kind of employment, where the posting says it; an intern's title does."""
    in_field = "commitment" in case.payload["categories"] if case.is_lever else case.has_field("Employment Type", "Time Type", "Contract")
    if in_field or case.facts.employment_said == "text" or case.facts.employment == "internship":
        return case.facts.employment
    return "unknown"


def found_tools(case: Case) -> set[str]:
    return set(case.result.record.tools_raw)


def is_same_tool(one: str, other: str) -> bool:
    return one.casefold() in other.casefold() or other.casefold() in one.casefold()


def test_there_is_enough_to_judge(cases):
    assert len(cases) > 400
    assert sum(states_pay(case) for case in cases) > 120


def test_no_salary_is_shown_that_the_posting_does_not_state(cases):
    shown = [case for case in cases if not states_pay(case) and case.result.details.salary]
    assert [(case.facts.title, case.result.evidence["salary"].spans[0].quote) for case in shown] == []


def test_stated_salaries_are_read(cases):
    stated = [case for case in cases if states_pay(case)]
    assert share(stated, lambda case: is_pay(case.result.details.salary, case)) >= 0.98


def test_fields_are_what_the_author_knows(cases):
    record_of = [(case, case.result.record) for case in cases]
    right = {
        "remote_type": sum(record.remote_type == stated_remote(case) for case, record in record_of),
        "employment_type": sum(record.employment_type == stated_employment(case) for case, record in record_of),
        "seniority_level": sum(record.seniority_level == case.facts.seniority for case, record in record_of),
        "job_function": sum(record.job_function == case.facts.function for case, record in record_of),
        "role_title": sum(record.role_title.lower().startswith(case.facts.role.lower()) for case, record in record_of),
    }
    shares = {field: count / len(cases) for field, count in right.items()}
    # "Contrato indefinido" among the benefits counts as stated. Years asked for make a senior of some mid-level titles, and a title of one function may sit in the department of another.
    floors = {"remote_type": 0.98, "employment_type": 0.94, "seniority_level": 0.84, "job_function": 0.94, "role_title": 0.99}
    assert {field: found for field, found in shares.items() if found < floors[field]} == {}


def test_the_first_place_has_its_city_and_country(cases):
    named = [case for case in cases if case.facts.places[0].city in case.place]
    assert share(named, lambda case: case.result.record.location_city == case.facts.places[0].city) >= 0.98
    # A bare "Guadalajara" or "Manchester" is a city of several countries: it stays without one.
    assert share(named, lambda case: case.result.record.location_country in (None, case.facts.places[0].country_code)) >= 0.99
    assert share(named, lambda case: case.result.record.location_country is not None) >= 0.95


def test_no_domain_but_the_companys_own(cases):
    assert {case.result.record.company_domain for case in cases} <= {None, *(case.company.identity.domain for case in cases)}


def test_tools_that_the_text_names_are_found(cases):
    named = [(tool, found_tools(case)) for case in cases for tool in case.named_tools]
    assert sum(any(is_same_tool(tool, other) for other in found) for tool, found in named) / len(named) >= 0.95


def test_no_tools_are_found_that_the_text_does_not_name(cases):
    found = [(tool, case.named_tools | ALWAYS_NAMED) for case in cases for tool in found_tools(case)]
    assert sum(not any(is_same_tool(tool, other) for other in named) for tool, named in found) / len(found) <= 0.01


def test_a_department_is_no_skill(cases):
    assert share(cases, lambda case: "Customer Success" in case.result.record.skills_raw) <= 0.01


def test_summaries_say_what_one_does(cases):
    summaries = [case.result.record.job_summary for case in cases]
    assert sum(len(summary.split()) >= 10 for summary in summaries) / len(summaries) >= 0.98
    assert sum(summary.startswith(FRAMES) for summary in summaries) / len(summaries) <= 0.03
