"""What the scripted model reads out of one posting: plainly stated things, copied letter by letter."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

_HEAD = re.compile(r"^(?P<name>[A-Z][a-z]+): (?P<value>.+)$")
_SENTENCE = re.compile(r"[^.!?\n]{20,230}[.!?](?=\s|$)")
_BULLET = re.compile(r"^\s*[-*•]\s+(.{10,200})$", re.MULTILINE)
_PAY = re.compile(
    r"(?P<sign>[$€£])\s?(?P<low>\d[\d,]*)(?P<low_k>[kK])?\s?(?:-|–|—|to)\s?[$€£]?\s?(?P<high>\d[\d,]*)(?P<high_k>[kK])?(?P<after>.{0,30})"
)
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP"}
_TOOLS = ("Salesforce", "HubSpot", "Outreach", "Gong", "Python", "SQL", "Excel", "Tableau", "Figma", "Kubernetes", "Terraform", "AWS")
_SKILLS = ("negotiation", "forecasting", "communication", "leadership", "prospecting", "stakeholder management", "data analysis")
_LEVELS = {"intern": "intern", "junior": "junior", "senior": "senior", "staff": "staff", "principal": "principal",
           "manager": "manager", "director": "director", "vp": "vp", "chief": "cxo"}  # fmt: skip
_FUNCTIONS = {"sales": "sales", "account": "sales", "marketing": "marketing", "engineer": "engineering", "developer": "engineering",
              "data": "data", "product": "product", "design": "design", "finance": "finance", "recruiter": "hr"}  # fmt: skip
_WORK_PLACES = {"remote": "remote", "hybrid": "hybrid", "on-site": "onsite", "onsite": "onsite"}
_EMPLOYMENT = {"full-time": "full_time", "full time": "full_time", "part-time": "part_time", "contract": "contract", "intern": "internship"}


class PostingFacts:
    """One posting of a prompt."""

    def __init__(self, posting_id: str, body: str) -> None:
        self.id = posting_id
        lines = body.split("\n")
        matched = [_HEAD.match(line) for line in lines[: lines.index("")] if line] if "" in lines else []
        self._head = {match["name"]: match["value"] for match in matched if match}
        self.text = body.partition("\n\n")[2]

    def member(self, name: str) -> Any:
        """The value of an answer's member; None where the posting does not say it or the script does not know the member."""
        return self._members.get(name)

    @cached_property
    def _members(self) -> dict[str, Any]:
        title = self._head.get("Title", "")
        return {
            "id": self.id,
            "title": title[:240],
            "company_name": self._head.get("Company"),
            "role_title": re.split(r" \(| [-–|] |,", title)[0][:240] or None,
            "seniority_level": _quoted(_LEVELS, title),
            "job_function": _quoted(_FUNCTIONS, title),
            "location": self._head.get("Location"),
            "remote_type": _quoted(_WORK_PLACES, self.text),
            "employment_type": _quoted(_EMPLOYMENT, self.text),
            "salary": self._salary(),
            "summary": _SENTENCE.findall(self.text)[:2],
            "key_functions": _BULLET.findall(self.text)[:4],
            "skills": _named(_SKILLS, self.text),
            "tools": _named(_TOOLS, self.text),
        }

    def _salary(self) -> dict[str, Any] | None:
        match = _PAY.search(self.text)
        if not match:
            return None
        period = "hour" if "hour" in match["after"] or "/hr" in match["after"] else "year"
        return {
            "min": _amount(match["low"], match["low_k"] or match["high_k"]),
            "max": _amount(match["high"], match["high_k"]),
            "currency": _CURRENCIES[match["sign"]],
            "period": period,
            "ote": False,
            "quote": match[0].removesuffix(match["after"]),
        }


def _amount(digits: str, thousand: str | None) -> int:
    return int(digits.replace(",", "")) * (1000 if thousand else 1)


def _quoted(words: dict[str, str], text: str) -> dict[str, str] | None:
    """The first of the words that stands in the text, with its value."""
    found = [(match.start(), match[0], value) for word, value in words.items() if (match := re.search(rf"(?i)\b{word}\b", text))]
    return {"value": min(found)[2], "quote": min(found)[1]} if found else None


def _named(names: tuple[str, ...], text: str) -> list[str]:
    return [match[0] for name in names if (match := re.search(rf"(?i)\b{re.escape(name)}\b", text))]
