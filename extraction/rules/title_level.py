"""The level a title states, by words alone: which words count, which only seem to, and which of several wins.

Source of the rules: the labelling guideline of the extraction gold set. A title's words are looked up in
`data/title_levels.csv`; its labels are the values of `Seniority` and these readings, which need the text to decide:
`associate` (an entry grade unless years are asked), `lead` and `leader` (a rank only with people to lead),
`individual` (a manager of accounts, products, projects ...: no rank),
`entry_job` (a job people start in without experience), `skilled_job` (a trade or profession that has to be learnt).
These two count only as what the title says the job is: the last words of its first part, in a title without another profession.
`ignore` hides a level word that is none,
`stop` also hides the rest ("Assistant to the CEO"). The kind `alone` asks that the phrase is a whole part of the title,
`desk` that the job works there, whatever it is called ("Help Desk Analyst").
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from extraction.rules.needed_words import GatedPattern
from extraction.rules.phrases import Match, Word, load_table, words_of
from extraction.schema import Seniority

LADDER = (
    Seniority.JUNIOR,
    Seniority.MID,
    Seniority.SENIOR,
    Seniority.STAFF,
    Seniority.PRINCIPAL,
    Seniority.MANAGER,
    Seniority.DIRECTOR,
    Seniority.VP,
    Seniority.CXO,
)
_RANKS = {level.value: rank for rank, level in enumerate(LADDER)}
_FIRM = frozenset({*_RANKS, Seniority.INTERN.value})
_JOBS = frozenset({"entry_job", "skilled_job"})
_SOFT = _JOBS.union({"associate", "lead", "leader", "individual"})

_JOINED = re.compile(r"\s*(?:/|\bor\b|\boder\b|\bou\b)\s*", re.IGNORECASE)
_TECHNICAL = re.compile(
    r"engineer|engineering|developer|scientist|science|architect|designer|design|researcher|software|product|program|"
    r"data|security|sre|devops|analyst|technologist|programmer|consultant|machine learning|technical writer|infrastructure|"
    r"backend|frontend|fullstack|full[ -]stack|android|ios\b|swe\b|sdet?\b|tech\b|ux\b|quantum|ai\b|ml\b",
    re.IGNORECASE,
)
# Roman or arabic grade after a word: "Engineer II", "Analyst 2", "Engineer II/III" (the lower counts). "Phase II" is none.
_GRADE = re.compile(
    r"(?<![\w/.$€£+])(?:IV|III|II|I|V|[1-5])(?!\s*[-–]\s*\d|\s*x\b|/O\b)"
    r"(?=\s*(?:$|[,;:()|/–-])|(?:(?<=I)|(?<=evel \d)|(?<=EVEL \d)|(?<=Tier \d))\s[A-Z])"
)
_BEFORE_GRADE = re.compile(r"(?<![^\W\d_])([^\W\d_][^\s,(]*)(?:\s*,\s*|\s+[-–(]?\s*|-)(?:(?:level|lvl|grade|tier)[ .-]?)?$", re.IGNORECASE)
_GRADE_REACH = 40
_GRADE_SIGNS = frozenset("IV12345")
_NO_GRADE = re.compile(
    r"^(?:phase|type|title|part|series|category|cat|class|world|war|ppe|top|web|unit|zone|region|area|shift|year|"
    r"route|building|campus|stage|season|volume|model|project|chapter|line|store|and|or|of|to|the|with|for|at|in|no|section|"
    r"new|urgent|relaunch|repost|reposted|posting|vacancy|opening|batch|cohort|term|day|step|band|version|round|wave|group|plant|team|asc|hub|base|ref)$",
    re.IGNORECASE,
)
_GRADES = {
    "I": Seniority.JUNIOR,
    "1": Seniority.JUNIOR,
    "II": Seniority.MID,
    "2": Seniority.MID,
    "III": Seniority.SENIOR,
    "3": Seniority.SENIOR,
    "IV": Seniority.STAFF,
    "4": Seniority.STAFF,
    "V": Seniority.PRINCIPAL,
    "5": Seniority.PRINCIPAL,
}
# The first engineer of a product or a ship is an expert, not an officer of the company.
_CHIEF_EXPERT = re.compile(r"chief (?:\w+ ){0,3}engineer\b", re.IGNORECASE)
# "Data Scientist, Nurse Staffing": the trade is whom the job is for; a slash joins two names of one job.
_FIRST_PART = re.compile(r"\s*[^,;:|()\[\]{}@•]*?(?=\s[-\u2010-\u2015~]|[-\u2010-\u2015]\s|[,;:|()\[\]{}@•]|$)")
_ENDS_NAME = re.compile(
    r"\s*(?:$|[/!.]|(?:of|for|in|at|on|with|to|de|du|des|da|do|wanted|required|needed|full[ -]?time|part[ -]?time|casual)\b"
    r"|(?:level |l)?[1-5]\b|[iv]+\b)",
    re.IGNORECASE,
)
# "Vertriebsleiter" leads; what conducts ("Halbleiter", "Lichtwellenleiter", "Ableiter") or shows tourists round does not.
_LEADER_OF = GatedPattern(r"\b[^\W\d_]{3,}(?<!halb)(?<!wellen)(?<!supra)(?<!ab)(?<!reise)(?<!kalt)leiter(?:in)?\b", re.IGNORECASE)
_ANOTHER_JOB = re.compile(
    r"engineer|designer|scientist|programmer|developer|architect|manager|producer|recruiter|\b(?:sales|account) ?executive",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(?:student|aide?|assistant|assist|helper|provisional|trainee|intern|apprentice|cadet|pre-?registration|candidate)s?\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"(?:^|[/&,|:–-]|\band)\s*$", re.IGNORECASE)
_CLOSES = re.compile(r"\s*(?:$|[/&,|:–(-]|(?:of|at|and)\b)", re.IGNORECASE)
_OR_HIGHER = GatedPattern(r"(?:^|[\s,(-])(\w+)\s*(?:/|\bor\b)\s*(?:senior|sr\.?|snr\.?)\s+\1\b", re.IGNORECASE)
"""One job at two levels, the lower of which has no word: "Analyst/Senior Analyst"."""
_POSSESSIVE = re.compile(r"['\u2019]s\b", re.IGNORECASE)
"""Behind a level it is somebody else's: "Director's Assistant"."""
_OF_MANY = re.compile(r"(?<=s)['\u2019]\s", re.IGNORECASE)
"""So it is behind an "s", unless the mark closes a quotation."""
_QUOTED = re.compile(r"(?:^|[\s(])['\u2018\u2019]")
_TOP_GRADES = frozenset({Seniority.STAFF, Seniority.PRINCIPAL})
_TEAM_ROLE = re.compile(r"(?:^|\s)(?:senior |sr\.? |snr\.? )managers?(?=\s*(?:$|[,(:|–-]| of ))", re.IGNORECASE)


class TitleLevel(NamedTuple):
    """What the title's words say: a level, or a reading that the text must decide, and the span of the words."""

    level: Seniority | None
    reading: str | None
    start: int
    end: int


@lru_cache(maxsize=8192)
def title_level(title: str) -> TitleLevel | None:
    """The level that the title's own words state; None when they state nothing."""
    lower = _OR_HIGHER.search(title)
    if lower:
        title = title[: lower.end(1)]
    words = words_of(title)
    matches = _counting(load_table("title_levels.csv").find(words), title)
    firm = [_firm(match, title) for match in matches if match.label in _FIRM]
    soft = [TitleLevel(None, match.label, match.start, match.end) for match in matches if match.label in _SOFT]
    best = _highest(_lower_of_joined(firm, title))
    if best is None or (best.level is Seniority.SENIOR and soft):
        best = _with_reading(best, soft, title)
    if best is None or best.reading == "skilled_job":
        return _grade(title, words) or best or _led_in_one_word(title)
    return best


def _led_in_one_word(title: str) -> TitleLevel | None:
    """German joins what is led and who leads it to one word, of which no table has them all."""
    found = _LEADER_OF.search(title)
    return TitleLevel(Seniority.MANAGER, None, found.start(), found.end()) if found else None


def _counting(matches: list[Match], title: str) -> list[Match]:
    """Matches that count: nothing after a `stop`, nobody whom the job is there for, and `staff` only in a technical title."""
    kept = []
    for match in matches:
        if _is_somebody_elses(match, title):
            continue
        if match.label == "stop":
            break
        if match.kind == "alone" and not _stands_alone(match, title):
            continue
        if match.label == "staff" and not _TECHNICAL.search(title):
            continue
        if match.label in _JOBS and not _is_the_job(match, title):
            continue
        kept.append(match)
    return kept


def _is_somebody_elses(match: Match, title: str) -> bool:
    if _POSSESSIVE.match(title, match.end):
        return True
    return _OF_MANY.match(title, match.end) is not None and not _QUOTED.search(title[: match.start])


def _is_the_job(match: Match, title: str) -> bool:
    """Whether an occupation is the job's own, learnt already where it has to be: no market, team or helper of it."""
    part = _FIRST_PART.match(title)
    if part is None or match.end > part.end() or _ANOTHER_JOB.search(title):
        return False
    if match.label == "skilled_job" and _NOT_YET.search(part[0]):
        return False
    return match.kind == "desk" or bool(_ENDS_NAME.match(title[: part.end()], match.end))


def _stands_alone(match: Match, title: str) -> bool:
    """Whether a short word is the whole of a part: "CRO & Founder", not "CRO Specialist" (conversion rates)."""
    return bool(_OPENS.search(title[: match.start])) and bool(_CLOSES.match(title, match.end))


def _firm(match: Match, title: str) -> TitleLevel:
    if match.phrase == "chief" and _CHIEF_EXPERT.match(title, match.start):
        return TitleLevel(Seniority.PRINCIPAL, None, match.start, match.end)
    return TitleLevel(Seniority(match.label), None, match.start, match.end)


def _lower_of_joined(levels: list[TitleLevel], title: str) -> list[TitleLevel]:
    """Of levels joined by a slash or "or" ("Senior/Staff/Principal Engineer") only the lowest stays."""
    kept: list[TitleLevel] = []
    group_end = 0
    for level in levels:
        if kept and _JOINED.fullmatch(title, group_end, level.start):
            kept[-1] = min(kept[-1], level, key=_rank)
        else:
            kept.append(level)
        group_end = level.end
    return kept


def _rank(found: TitleLevel) -> int:
    return _RANKS[found.level.value] if found.level in LADDER else -1


def _highest(levels: list[TitleLevel]) -> TitleLevel | None:
    """Intern beats all; junior beats ranks below director ("Junior Sales Manager"); else the highest."""
    if not levels:
        return None
    lowest, highest = min(levels, key=_rank), max(levels, key=_rank)
    if lowest.level is Seniority.INTERN:
        return lowest
    if lowest.level is Seniority.JUNIOR and highest.level in LADDER[: LADDER.index(Seniority.DIRECTOR)]:
        return lowest
    return highest


def _with_reading(best: TitleLevel | None, soft: list[TitleLevel], title: str) -> TitleLevel | None:
    """Add what the text must decide; a plain "Senior Manager, <team>" is a rank of its own."""
    if best is None:
        return min(soft, key=lambda found: _READING_ORDER[found.reading or ""], default=None)
    if _TEAM_ROLE.search(title):
        return TitleLevel(Seniority.MANAGER, "leader", best.start, soft[0].end)
    readings = {found.reading for found in soft}
    reading = "lead" if readings & {"lead", "leader"} else None
    return TitleLevel(best.level, reading, best.start, best.end)


_READING_ORDER = {"associate": 0, "lead": 1, "leader": 2, "individual": 3, "entry_job": 4, "skilled_job": 5}


def _grade(title: str, words: tuple[Word, ...]) -> TitleLevel | None:
    """A grade number behind a word of the title, as in "Engineer II"."""
    if len(words) < 2 or _GRADE_SIGNS.isdisjoint(title):  # a number alone is no grade
        return None
    for match in _GRADE.finditer(title):
        before = _BEFORE_GRADE.search(title[max(0, match.start() - _GRADE_REACH) : match.start()])
        if before and not _NO_GRADE.match(before[1]):
            return TitleLevel(_level_of_grade(match.group(), title), None, match.start(), match.end())
    return None


def _level_of_grade(grade: str, title: str) -> Seniority:
    """Grades above III are staff and principal for technical work only."""
    level = _GRADES[grade]
    return Seniority.SENIOR if level in _TOP_GRADES and not _TECHNICAL.search(title) else level
