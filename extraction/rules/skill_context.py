"""Decides whether a name that is also an ordinary word ("Outreach", "Make", "R") means the skill where it stands.

Such a name counts when the words around it say so, never by itself. The phrases that say it are data (`skill_cues`);
here are the relations: a phrase that leads to the name, a list it is a member of, a name of the same family nearby.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from catalog.vocabulary.values import SkillTerm
from extraction.rules.skill_cues import Cues, same_sentence
from extraction.rules.skill_index import Form, Name
from extraction.rules.skill_owners import is_own_product, is_team

SPOKEN = "spoken_language"
_NEAR = 60
_OTHERS_REACH = 180
_BRAND_REACH = 70
_RUN = 3
_PAIR = 2
# Between two neighbours of a list.
_LIST_GAP = re.compile(
    r"\s*(?:[,/|;&+•·()]\s*)*(?:(?:and|or|und|oder|et|ou|y|o|e|og|en|and/or|as well as)\b\s*)?(?:[/•(]\s*)?", re.IGNORECASE
)
_LIST_END = re.compile(r"\s*(?:$|[,/|;&)(•\n.]|(?:and|or|und|oder|et|ou|y|e|etc)\b)", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\s,;:/|()•]")
_LONGEST_WORD = 30
_LONGEST_GAP = 20

# "English-speaking markets" are where something is sold.
_ITS_SPEAKERS = re.compile(r"[- ]speaking (?:markets?|countr|regions?|world|customers?|clients?|users?|audiences?)")
_WORDS_TOO = frozenset(("language", "web_framework"))
_MEANS_WORDS = frozenset(("in", "with", "using", "via", "mit", "avec", "con", "com"))
_MEANS = re.compile(r"(?<=[a-z\d] )\w+ \Z")
_LONGEST_MEANS = 8
_PHRASE_END = re.compile(r"(?:[,.;)]?(?:\s|$)(?![A-Z\d])|[,.;)]?\s*(?:\n|$)|\. )")
# "We do not use A, but B": from here on it is about what is used.
_TURN = re.compile(r"[,;] (?:but|we|and we|however|sondern|wir|mais|nous|sino|mas|pero)\b|\bbut\b")
# "No Tableau needed"; alone it is also Portuguese for "in the".
_NO = ("No ", "no ")
_IS_NEEDED = re.compile(r" (?:\w+ )?(?:needed|required|necessary)\b")
# Of a few phrases only what is certain: "moved away from A to B", "competitors include A; you use B", "an alternative to A, B".
_OVER = re.compile(r"[;:(]| [-–—] | (?:to|and now|now|in|into|with|using|via|for|on|we|you|us(?:e|es|ed))\b")
_SHORT_OF = ("away from", "include", "ternative to", "ternatives to")
_NEXT_ONLY = re.compile(r"[,;:(/&]| (?:and|or) ")
# What is denied ends there: not "is not required but a plus", "is not needed for X but used daily", "Not required: X".
_DENIAL_ENDS = re.compile(
    r"(?: (?:for this (?:role|position|job)|at all))?(?:\s*$|[ \t]*\n|[.;!)])"
    r"(?!\s*(?:but|though|however|a plus|nice|preferred|helpful|von vorteil)\b)",
    re.IGNORECASE,
)
_PLAIN_PHRASE = re.compile(r"[\w'’ ]+")
_FAMILIES: Mapping[str, str] = {
    "engineering": (
        "language web_framework mobile cloud infrastructure testing security ide database data_science ai etl reverse_etl cdp "
        "data_transformation data_warehouse data_platform bi product_analytics experimentation"
    ),
    "work": "productivity design collaboration project_mgmt knowledge_base no_code ipaas itsm video",
    "back_office": "finance_tool erp accounting planning procurement expense equity billing payments compliance privacy",
    "people": "hr_tool ats recruiting hcm payroll performance_mgmt",
}
_FAMILY_OF = {category: family for family, categories in _FAMILIES.items() for category in categories.split()}


def family(category: str) -> str:
    """Which tools are named together; everything that is not engineering, office, finance or people is go-to-market."""
    return _FAMILY_OF.get(category, "go_to_market")


class Context:
    """One text and the names in it. `accepted()` tells which of them are meant."""

    def __init__(self, cues: Cues, names: Sequence[Name]) -> None:
        self._text = cues.text
        self._cues = cues
        self._names = names
        self._starts = [start for start, _, _ in names]
        self._meant = [not form.ambiguous for _, _, form in names]
        self._neighbours: dict[int, bool] = {}

    def accepted(self) -> list[bool]:
        """For each name whether it is meant; unambiguous names always are."""
        listed = []
        for index in [i for i, meant in enumerate(self._meant) if not meant]:
            is_said = self._is_said(index)
            # Of most names nothing is said and nothing stands beside them: no need to ask whether they are parts of longer ones.
            if (is_said or self._has_neighbour(index)) and not self._is_compound(index):
                self._meant[index] = is_said
                if not is_said:
                    listed.append(index)
        for index in (*listed, *reversed(listed)):
            self._meant[index] = self._meant[index] or self._is_listed(index)
        return self._meant

    def term(self, index: int) -> SkillTerm:
        """The term that the name stands for."""
        return self._names[index][2].term

    def is_of_job(self, index: int) -> bool:
        """Whether a phrase leads to the name; what the section about the company needs to count."""
        start, end, _ = self._names[index]
        return self._cues.leads(self._cues.before, start) or end + 1 in self._cues.after_tool

    def is_negated(self, index: int) -> bool:
        """Whether the sentence says around the name that it is not asked for."""
        start, end, _ = self._names[index]
        if self._is_denied(start, end):
            return True
        if not self._cues.negations:
            return False
        said = self._cues.last(self._cues.negations, start, _NEAR)
        return said is not None and not self._is_over(said, start)

    def _is_denied(self, start: int, end: int) -> bool:
        """Whether a sentence ends behind a name with "is not required", or is "No ... needed"."""
        text = self._text
        last = self._cues.denials.get(end + 1)
        if last is not None and text[end] == " " and _PLAIN_PHRASE.fullmatch(text, end, last):
            return _DENIAL_ENDS.match(text, last) is not None
        needed = _IS_NEEDED.match(text, end) if text.endswith(_NO, 0, start) else None
        return needed is not None and _DENIAL_ENDS.match(text, needed.end()) is not None

    def _is_over(self, said: int, start: int) -> bool:
        """Whether what is denied has ended between the phrase that ends at `said` and the name."""
        text = self._text
        if _TURN.search(text, said, start):
            return True
        phrase = text[max(0, said - _LONGEST_GAP) : said].rstrip().lower()
        if not phrase.endswith(_SHORT_OF):
            return False
        pattern = _NEXT_ONLY if phrase.endswith(" to") else _OVER
        return pattern.search(text, said, start) is not None

    def is_asked(self, index: int) -> bool:
        """Whether the name stands for a skill, not for a group of people or part of what the company sells."""
        start, end, form = self._names[index]
        return not is_team(self._text, self._cues, start, end, form) and not is_own_product(self._text, self._cues, start, end)

    def is_of_others(self, index: int) -> bool:
        """Whether the name belongs to customers, investors, competitors or to the company's own channels."""
        start, end, _ = self._names[index]
        cues = self._cues
        if cues.others and cues.last(cues.others, start, _OTHERS_REACH) is not None:
            return True
        return bool(cues.brands) and cues.is_near(cues.brands, start, end, _BRAND_REACH) and not cues.leads(cues.before, start)

    def _is_compound(self, index: int) -> bool:
        start, end, form = self._names[index]
        if self._text[start - 1 : start] in {"-", "'", "’"} or self._text[end : end + 1] in {"-", "'", "’"}:
            return form.term.category != SPOKEN
        return form.term.kind == "tool" and (self._name_goes_on(index) or self._name_began(index))

    def _name_goes_on(self, index: int) -> bool:
        """Whether a capitalised word follows that makes another name of it: "Bill Payments", "Board of"."""
        _, end, _ = self._names[index]
        following = self._text[end : end + 2]
        if len(following) < 2 or following[0] != " " or not following[1].isupper():
            return False
        return end + 1 not in self._cues.after_tool and not self._is_name_at(index + 1, end + 1)

    def _name_began(self, index: int) -> bool:
        """Whether a capitalised word inside the sentence stands before: "Remittance Scheme"."""
        start, _, _ = self._names[index]
        if not self._text.endswith(" ", 0, start):
            return False
        before = self._text[max(0, start - _LONGEST_WORD) : start - 1].rpartition(" ")[2]
        word = _BETWEEN_WORDS.split(before)[-1]
        if not word[:1].isupper() or self._opens_sentence(start - 1 - len(word)):
            return False
        before_is_name = index > 0 and self._names[index - 1][1] == start - 1
        return not before_is_name and self._cues.last(self._cues.before, start, 1) is None

    def _is_name_at(self, index: int, start: int) -> bool:
        return index < len(self._names) and self._starts[index] == start

    def _opens_sentence(self, start: int) -> bool:
        before = self._text[max(0, start - 3) : start].rstrip(" ")
        return not before or before[-1] in "\n•.!?:*-–"

    def _is_said(self, index: int) -> bool:
        start, end, form = self._names[index]
        cues, term = self._cues, form.term
        if term.category == SPOKEN:
            return not _ITS_SPEAKERS.match(self._text, end) and cues.is_near(cues.languages, start, end, _NEAR)
        if cues.leads(cues.before, start) or end + 1 in cues.after_any:
            return True
        if term.kind == "skill":
            return False
        return (
            end + 1 in cues.after_tool
            or self._is_plain_name(form)
            or self._is_used(start, end, term)
            or cues.leads(cues.examples, start)
            or (not self._opens_sentence(start) and self._is_near_family(start, end, term))
        )

    @staticmethod
    def _is_plain_name(form: Form) -> bool:
        """Several words in exact case ("Constant Contact") are rarely anything but the name."""
        return " " in form.text or "-" in form.text

    def _is_used(self, start: int, end: int, term: SkillTerm) -> bool:
        """Whether a name with a capital is what something is done with, at the end of its phrase: "review your calls in Gong".

        Not so the names of languages and frameworks, which are seasons and cities too: "start in Spring".
        """
        before = self._text[max(0, start - _LONGEST_MEANS) : start]
        if before[:-1].rpartition(" ")[2] not in _MEANS_WORDS or term.category in _WORDS_TOO:
            return False
        return _MEANS.search(before) is not None and _PHRASE_END.match(self._text, end) is not None

    def _is_near_family(self, start: int, end: int, term: SkillTerm) -> bool:
        own = family(term.category)
        for index in range(bisect_left(self._starts, start - _NEAR), len(self._starts)):
            other_start, other_end, other = self._names[index]
            if other_start > end + _NEAR:
                return False
            if not other.ambiguous and other.term.kind == "tool" and family(other.term.category) == own:
                first, last = sorted(((start, end), (other_start, other_end)))
                if same_sentence(self._text, first[1], last[0]):
                    return True
        return False

    def _has_neighbour(self, index: int) -> bool:
        """Whether another name is near enough to be the next of a list; most are not, and need no further look."""
        start, end, _ = self._names[index]
        if index and start - self._names[index - 1][1] <= _LONGEST_GAP:
            return True
        return index + 1 < len(self._names) and self._starts[index + 1] - end <= _LONGEST_GAP

    def _is_listed(self, index: int) -> bool:
        """Whether a neighbour in the same list is meant, or the list has three such names in a row, two inside a sentence."""
        _, end, _ = self._names[index]
        if index and self._meant[index - 1] and self._are_neighbours(index - 1):
            return bool(_LIST_END.match(self._text, end))
        if index + 1 < len(self._names) and self._meant[index + 1] and self._are_neighbours(index):
            return True
        return self._is_in_run(index)

    def _is_in_run(self, index: int) -> bool:
        if self._names[index][2].term.kind != "tool":
            return False
        first = last = index
        while first > max(0, index - _RUN) and self._are_neighbours(first - 1) and self._same_family(first - 1, first):
            first -= 1
        while last + 1 < min(len(self._names), index + _RUN) and self._are_neighbours(last) and self._same_family(last, last + 1):
            last += 1
        found = last - first + 1
        return found >= _RUN or (found == _PAIR and not self._opens_sentence(self._starts[first]))

    def _same_family(self, one: int, other: int) -> bool:
        return family(self._names[one][2].term.category) == family(self._names[other][2].term.category)

    def _are_neighbours(self, index: int) -> bool:
        """Whether the names at `index` and `index + 1` are of a kind and stand side by side in a list."""
        known = self._neighbours.get(index)
        if known is None:
            (_, end, one), (start, _, other) = self._names[index], self._names[index + 1]
            known = (
                0 < start - end <= _LONGEST_GAP
                and one.term.kind == other.term.kind
                and (one.term.category == SPOKEN) == (other.term.category == SPOKEN)
                and _LIST_GAP.fullmatch(self._text, end, start) is not None
            )
            self._neighbours[index] = known
        return known
