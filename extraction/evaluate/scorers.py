"""One scorer per labelled file: what it observes of a row, and the metrics it makes of all observations, the main one first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.evaluate import ats_full, skillspan
from extraction.evaluate.answers import Answer, Bench
from extraction.evaluate.metrics import Metrics, folded, macro_f1, mean, ratio, spearman
from extraction.evaluate.salaries import Salary, stated_salary
from extraction.rules import gazetteer
from extraction.rules.gazetteer import STATE_COUNTRIES
from extraction.schema import Seniority


@dataclass(frozen=True, slots=True)
class Scorer:
    """`observe` answers None for a row that the file's metric leaves out."""

    observe: Callable[[Answer, Bench], Any | None]
    summarise: Callable[[Sequence[Any]], Metrics]


def _remote_type(answer: Answer, bench: Bench) -> bool:
    predicted = answer.result.record.remote_type.value
    return bool(bench.maps["remote_type"].get(predicted, predicted) == answer.row["gold"])


def _employment_type(answer: Answer, bench: Bench) -> tuple[str, str] | None:
    if not answer.row["evidence_in_text"]:
        return None
    return answer.row["gold"], answer.result.record.employment_type.value


def _by_map(table: str, field: str) -> Callable[[Answer, Bench], bool | None]:
    def observe(answer: Answer, bench: Bench) -> bool | None:
        accepted = bench.accepts(table, answer.row["gold"])
        if accepted is None:
            return None
        return getattr(answer.result.record, field).value in accepted

    return observe


def _seniority_seek(answer: Answer, bench: Bench) -> bool | None:
    if answer.row["gold"] is None:
        return None
    return bool(answer.result.record.seniority_level.value == answer.row["gold"])


def _seniority_grade(answer: Answer, bench: Bench) -> tuple[float, float | None]:
    """(the employer's grade, our rank); a grade such as 5B counts as 5.5, no rank means that we do not know."""
    level = answer.result.record.seniority_level
    grade = str(answer.row["gold"])
    rank = None if level is Seniority.UNKNOWN else float(bench.maps["seniority_uber_level"][level.value])
    return (float(grade[:-1]) + 0.5 if grade.endswith("B") else float(grade)), rank


def _grade_metrics(pairs: Sequence[tuple[float, float | None]]) -> Metrics:
    known = [(grade, rank) for grade, rank in pairs if rank is not None]
    return {"spearman": spearman(known), "coverage": ratio(len(known), len(pairs))}


def title_classes(answer: Answer, bench: Bench) -> tuple[str, str]:
    """(class of the label, class of our level), of the four that the file's metric tells apart."""
    classes: Mapping[str, str] = bench.maps["title_level"]
    below = classes["*"]
    level = answer.result.record.seniority_level.value
    gold = answer.row["gold"] if answer.row["gold"] in classes else below
    return gold, classes.get(level, below)


def _location(answer: Answer, bench: Bench) -> dict[str, bool] | None:
    """Whether each member that the label states is right. Labels write countries and states as names or codes."""
    record = answer.result.record
    gold = {member: value for member, value in dict(answer.row["gold"]).items() if value is not None}
    country = _country(gold.get("country", ""))
    if country not in STATE_COUNTRIES:
        gold.pop("state", None)
    right = {}
    if "city" in gold:
        right["city"] = folded(record.location_city) == folded(gold["city"])
    if "state" in gold:
        right["state"] = record.location_state == _state(gold["state"], country)
    if "country" in gold:
        right["country"] = record.location_country == country
    return right or None


def _country(written: str) -> str:
    return gazetteer.country_code(written) or gazetteer.country(gazetteer.fold(written)) or written


def _state(written: str, country: str) -> str:
    divisions = gazetteer.divisions(gazetteer.fold(written))
    return next((division.state for division in divisions if division.country == country and division.state), written)


def _location_metrics(rows: Sequence[Mapping[str, bool]]) -> Metrics:
    members = {member: [row[member] for row in rows if member in row] for member in ("city", "state", "country")}
    return {"accuracy": mean([all(row.values()) for row in rows])} | {name: mean(values) for name, values in members.items()}


def _salary(*, check_currency: bool, tolerance: float) -> Callable[[Answer, Bench], tuple[bool, bool, bool]]:
    """(right, the label states pay, we state pay)."""

    def observe(answer: Answer, bench: Bench) -> tuple[bool, bool, bool]:
        expected = Salary.of_label(answer.row["gold"], bench.maps["salary_period"])
        found = stated_salary(answer.result)
        right = found is expected is None or (
            found is not None and expected is not None and found.matches(expected, check_currency=check_currency, tolerance=tolerance)
        )
        return right, expected is not None, found is not None

    return observe


def _salary_metrics(rows: Sequence[tuple[bool, bool, bool]]) -> Metrics:
    without = [found for _, expected, found in rows if not expected]
    return {"accuracy": mean([right for right, _, _ in rows]), "false_positive_rate": mean(without)}


def _accuracy(rows: Sequence[bool]) -> Metrics:
    return {"accuracy": mean(rows)}


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> Metrics:
    return {"macro_f1": macro_f1(pairs), "accuracy": mean([gold == predicted for gold, predicted in pairs])}


SCORERS: Mapping[str, Scorer] = {
    "ats_full": Scorer(ats_full.observe, ats_full.summarise),
    "remote_type": Scorer(_remote_type, _accuracy),
    "salary_usd": Scorer(_salary(check_currency=False, tolerance=0), _salary_metrics),
    "salary_non_usd": Scorer(_salary(check_currency=True, tolerance=1), _salary_metrics),
    "employment_type": Scorer(_employment_type, _macro_f1),
    "employment_type_uber": Scorer(_by_map("employment_type_uber", "employment_type"), _accuracy),
    "seniority_6level": Scorer(_by_map("seniority_6level", "seniority_level"), _accuracy),
    "seniority_seek": Scorer(_seniority_seek, _accuracy),
    "seniority_uber_level": Scorer(_seniority_grade, _grade_metrics),
    "title_level": Scorer(title_classes, _macro_f1),
    "function": Scorer(_by_map("function", "job_function"), _accuracy),
    "location": Scorer(_location, _location_metrics),
    "skills_skillspan": Scorer(skillspan.observe, skillspan.summarise),
}
"""By file stem. Every `summarise` puts the file's main metric first."""
