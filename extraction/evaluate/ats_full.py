"""The decisive set: every field of one posting at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extraction.evaluate.answers import Answer, Bench
from extraction.evaluate.metrics import Metrics, f1, folded, mean, ratio
from extraction.evaluate.salaries import Salary, stated_salary

_PLAIN_FIELDS = ("seniority_level", "job_function", "remote_type", "employment_type")
_FIELDS = (*_PLAIN_FIELDS, "role_title", "salary", "location")


@dataclass(frozen=True, slots=True)
class Observation:
    """Which fields are right, and the tools by canonical name."""

    right: dict[str, bool]
    salary_stated: bool
    salary_found: bool
    tools_right: int
    tools_found: int
    tools_expected: int


def observe(answer: Answer, bench: Bench) -> Observation:
    """Raises KeyError or TypeError for a label that lacks a field."""
    gold = answer.row["gold"]
    expected = Salary.of_label(gold["salary"], bench.maps["salary_period"])
    found = stated_salary(answer.result)
    record = answer.result.record
    right = {field: getattr(record, field).value == gold[field] for field in _PLAIN_FIELDS}
    right["role_title"] = folded(record.role_title) == folded(gold["role_title"])
    right["salary"] = _same_salary(found, expected)
    right["location"] = _location_right(answer, gold)
    tools = {bench.canonical(tool) for tool in record.tools_raw}
    labelled = {bench.canonical(tool) for tool in gold["tools"]}
    return Observation(right, expected is not None, found is not None, len(tools & labelled), len(tools), len(labelled))


def _same_salary(found: Salary | None, expected: Salary | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return found.matches(expected, check_currency=True, tolerance=0)


def _location_right(answer: Answer, gold: dict[str, Any]) -> bool:
    """City, state and country of the first place."""
    record = answer.result.record
    first = gold["locations"][0] if gold["locations"] else {}
    same_city = folded(record.location_city) == folded(first.get("city"))
    return same_city and record.location_state == first.get("state") and record.location_country == first.get("country")


def summarise(rows: Sequence[Observation]) -> Metrics:
    """`mean` over the fields' accuracies and tools_f1, then each of them."""
    fields = {field: mean([row.right[field] for row in rows]) for field in _FIELDS}
    right = sum(row.tools_right for row in rows)
    found = sum(row.tools_found for row in rows)
    expected = sum(row.tools_expected for row in rows)
    tools_f1 = f1(right, found, expected)
    return {
        "mean": mean([*fields.values(), tools_f1]),
        **fields,
        "salary_false_positive_rate": mean([row.salary_found for row in rows if not row.salary_stated]),
        "tools_precision": ratio(right, found),
        "tools_recall": ratio(right, expected),
        "tools_f1": tools_f1,
    }
