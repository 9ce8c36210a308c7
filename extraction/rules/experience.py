"""Years of experience that a text asks for, and other words of the text about the level of this very job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from extraction.document import Document, SectionKind
from extraction.rules.phrase_finder import PhraseGroup

_MAX_YEARS = 20
_MAX_LISTED_YEARS = 15  # more than that in a list of requirements is an age
_BEFORE, _AFTER = 60, 80
_MOST_STATEMENTS = 60
_SOON = 25  # within so many characters behind a number of years the word "experience" is about them
_KEPT = 4096  # boards ask for experience in the same words in every posting
_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "one un une uno una um uma ein eine een",
            "two deux dos dois duas due zwei twee",
            "three trois tres três tre drei drie",
            "four quatre cuatro quatro quattro vier",
            "five cinq cinco cinque funf fünf vijf",
            "six seis sei sechs zes",
            "seven sept siete sete sette sieben zeven",
            "eight huit ocho oito otto acht",
            "nine neuf nueve nove neun negen",
            "ten dix diez dez dieci zehn tien",
        ),
        start=1,
    )
    for word in words.split()
}
# Unit words, cheap to look for; the pattern below makes sure of the word.
_UNITS = ("year", "yrs", " ans", "année", "annee", "jahr", "año", " anos", "anni", "jaar", "年")
_PLACES = PhraseGroup(lambda: _UNITS)
_UNIT = re.compile(r"(?:years?|yrs?|ans|ann[ée]es?|jahren?|a[ñn]os?|anni|anno|jaar|jaren|年)(?![a-z])['’]?\)?")
_NUMBER = r"(?:\d{1,2}(?:[.,]\d)?|" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + ")"
# A lost line break glues a number to the word before it ("Qualifications8+ years"); one or two letters make a code of it ("K12").
_NOT_PART_OF_MORE = r"(?<![$€£\d])(?<!\d[.,])(?<!\b[a-z])(?<!\b[a-z][a-z])(?<![^\W\d_](?=[a-z]))"
_AMOUNT = re.compile(
    rf"{_NOT_PART_OF_MORE}(?P<low>{_NUMBER})\)?\s*(?:\(\s*\d{{1,2}}\s*\))?(?:\s*|-)(?P<plus>\+|plus\b)?\s*"
    rf"(?:(?:-|–|—|~|〜|～|to|a|bis|y|e|or|and|ou|o|oder|tot|à|/)\s*{_NUMBER}\)?\s*\+?)?\s*"
    r"(?:\+|or more|plus|ou plus|o m[aá]s|ou mais|oder mehr|of meer|full|solid|recent|relevant|progressive|consecutive)?"
    r"[\s-]*(?:of\s)?$"
)
_EMPLOYER = r"(?:firm|company|agency|bank|startup|start-up|big four|employer|vendor|provider|carrier|practice|bakery|consultancy)"
_ABOUT_EXPERIENCE = re.compile(
    r"exp[eé]ri|hands[- ]on|erfahr|esperienz|ervaring|background|working|worked|work in|in a similar|in a related|in similar|"
    r"track record|pqe|post[- ]qualif|post grad|practi[cs]|leadership|managing|leading|building|as an? |"
    r"in (?:the )?[a-z][a-z0-9&/ -]{1,40}|of [a-z&/ -]{2,40}|经验|経験|\bpae\b|post[- ]admission|"
    rf"^\s+with an? (?:[\w&-]+ ){{0,3}}{_EMPLOYER}\b"
)
# Left out is what a company or a contract does for years.
_DONE_BY_YOU = re.compile(
    r"['’]?\s+(?!(?:going|trading|operating|serving|running|growing|helping|counting|following|excluding|including|starting|ending|"
    r"delivering|providing|making|creating|shaping|being|lasting|remaining|outstanding|according|depending|beginning|commencing|"
    r"pending|spanning|rotating|training|vesting)\b)[a-z]{3,}ing\b"
)
# Names of a craft or a tool have no article; with "our", "the" or "a happy" begins what a company has had for years.
_WITH_A_TOOL = re.compile(
    r"\W*(?:with|on|using)\s+(?!(?:an?|the|our|us|its|their|his|her|your|no|over|more|less|full|happy|loyal|great|offices?|shops?|stores?|"
    r"clients?|customers?|people|families|options?|annual|yearly|monthly|zero|possible|possibility|renewal|extension|average|top|"
    r"many|most|some|such|paid|strong|proven|stable|unlimited|continuous|double-digit|family|awards?|inc|growth|"
    r"and|or|one|two|three|four|five|six|\d+)\b)[a-z]"
)
_AS_A_TRADE = re.compile(
    r"\W*as (?!(?:the|our|part|one|of|well|soon|long|much|many|market|industry|category|number|employer|world|top|leaders?|well-known|"
    r"independent|best|family|profitable|(?:[\w-]+ )?(?:company|business|employer|leader|agency)|needed|"
    r"usual|follows|above|required|per|to|in|it|we|you|they)\b)[a-z]"
)
_EXPERIENCE = re.compile(r"exp[eé]ri|\bexp\b|erfahr|esperienza|ervaring|经验|経験")
_ASKED_BEFORE = re.compile(
    r"exp[eé]ri|erfahr|esperienz|ervaring|m[ií]nim|at least|au moins|mindestens|al menos|pelo menos|almeno|minstens|require|经验|経験"
)
_NOT_EXPERIENCE = re.compile(
    r"\bvest|\bold\b|of age|ago\b|anniversar|warrant|^\W*(?!with )(?:\w+ ){0,3}histor|heritage|degree program|fixed.term|"
    r"contract(?! (?:manag|negotiat|admin|law|draft))|(?<!of )renew(?!ables\b|able (?:energ|power|project))|accredit|tenure|"
    r"\br(?:esidency|ésidence|esidencia)\b|sabbatical|"
    r"vacation|holiday|of growth|of success|of operation\b|of innovation|of service\b|in operation\b|in a row|alter\b|"
    r"in business(?=\W*$|[,;]? (?:we|our|with over|since|and (?:we|our|counting))\b)|^\W*running(?=\W*$|[,;)]| and | as )|"
    r"^\W*(?:to (?!\d)|left\b|(?:in|on) the (?:market|making)\b(?! [a-z]))|"
    r"^\W*(?:(?:starting|beginning|commencing|ending|following|living|residing)\b|with an? possib)"
)
_DEGREE = re.compile(
    r"[\s-]*(?:of )?(?:(?:an? )?(?:accredited|bachelor['’]?s?|undergraduate|relevant|technical) )*"
    r"(?:degrees?|college|university|bachelor['’]?s?|diploma)\b(?! (?:teach|lectur|recruit|coach|admission))"
)
# Lists of what is asked for name other years, too: of schooling, of a licence held, of a record kept clean, of a contract.
_NO_CRAFT = re.compile(
    r"^\W*$|(?:and|or) above\b(?! (?:in|of|with|as|on)\b)|\bclean\b|commitment|\block|\bbond\W*$|apprentices|\b(?:high|trade) school|"
    r"schooling|\bstrong\b|^\W*(?:of )?(?:\w+ )?training\b|\bgcse education|\b(?:higher|further|secondary|formal) education|"
    r"\blicen[cs]e\b|\binternship|\bnotice\b|\baccident|convict|"
    r"\b(?:since|after|duration|tuition|fixed)\b|extension|extend|ausbildung|laufzeit|\bpermis\b|\bcarnet\b|\bpatente\b|rijbewijs"
)
# What you have done for years without working at it, or for us: "You have lived in Spain for 3 years".
_NO_WORK_OF_YOURS = re.compile(
    r"\b(?:lived|enjoyed|earned|stayed|a (?:permanent )?resident|licen[cs]ed?|held|here)\b|"
    r"\b(?:once|after|when) you\b|\bour (?:app|product)|\bfor us\b"
)
_TOGETHER = re.compile(r"combined|collective")
# What a person has done or learnt stands before how long: "You've sold software for 6 years", "CPA, 4 years in audit". A doctorate is left
# out: it is asked for with fewer years than what most applicants have ("PhD with 3 years, MS with 6").
_YOU_HAVE_DONE = re.compile(
    r"\byou(?:['’]ve| have)(?: (?:already|also|successfully|previously))? "
    r"(?:[a-z]{2,}ed|been|run|led|sold|built|done|held|taught|written|driven|made|grown|won|spent|kept)\b[^.;:]{0,60}$"
)
_LEARNT = re.compile(
    r"(?:\b(?:bachelor['’]?s?|master['’]?s?|b\.?sc?|b\.?a|m\.?sc?|mba|diploma|degree|certifi(?:ed|cate|cation)|licen[cs]ed?|gcses?|"
    r"ausbildung|studium)\b|\b(?:cpa|rn|cma|acca|cima)\b)(?: (?:in|of|as) [a-z &/]{2,30})?\s*(?:,|and|or|with|plus|\+|&|mit|und)\s*$"
)
_OR_MORE = re.compile(r"['’]?\s*(?:or more|and (?:up|over|more)|\+|plus|\(?min(?:imum|\.)?)(?=[\s.,;)]|$)")
_YOU_HAVE = re.compile(
    r"(?:\b(?:someone|somebody|you come|candidates?) with|"
    r"\byou(?:['’]ve(?: got)?|(?:['’]ll| will| should| must)? (?:have|bring|possess)))\s+(?:about |around |roughly )?$"
)
_COMPANY_BEFORE = re.compile(
    r"\b(?:over|for|past|last|next|than|nearly|almost|every|within|after|first|during|through|us|our|seit|depuis|since|"
    r"celebrating|founded|we|we've|we have|has|been|be (?:at least|(?:a )?minimum(?: of)?)|per|age|aged)"
    r"\W*(?:the\s)?(?:past\s|last\s|next\s)?$"
)
_UP_TO = re.compile(
    r"(?:up to|less than|under|fewer than|maximum(?: of)?|no more than|jusqu['’][àa]|bis zu|hasta|at[ée]|at most|moins de|max\.?)\s*$"
)
_CLAUSE_END = re.compile(r"[,(;]|\. ")
_PREFERRED = re.compile(
    r"preferred|is prefer|nice to have|bonus|desirable|desired|a plus\b|an asset|advantage|souhait|"
    r"w[uü]nschenswert|von vorteil|deseable|desej[aá]vel|preferib|un plus"
)


_WISHES = frozenset({SectionKind.REQUIREMENTS, SectionKind.PREFERRED})


class AskedYears(NamedTuple):
    """Years of experience asked for (the lower bound of a range) at `text[start:end]`; 0 for "up to 2 years"."""

    years: float
    required: bool
    start: int
    end: int


class _Amount(NamedTuple):
    """A number of years at `start`; the lower one of a range."""

    start: int
    years: float
    or_more: bool


def asked_years(document: Document) -> AskedYears | None:
    """The first required statement of years of experience, else the first preferred one."""
    preferred = None
    for asked in _statements(document, document.lower):
        if asked.required:
            return asked
        preferred = preferred or asked
    return preferred


def _statements(document: Document, lower: str) -> Iterator[AskedYears]:
    for position in _unit_positions(document):
        asked = _statement(document, lower, position)
        if asked:
            yield asked


def _unit_positions(document: Document) -> list[int]:
    """Where the unit words begin, a leading space left out."""
    return sorted(start + (_UNITS[unit][0] == " ") for unit, start in _PLACES.find(document))[:_MOST_STATEMENTS]


def _statement(document: Document, lower: str, position: int) -> AskedYears | None:
    unit = _UNIT.match(lower, position)
    if not unit:
        return None
    line_start = max(lower.rfind("\n", 0, position) + 1, position - _BEFORE)
    before = lower[line_start:position]
    amount = _amount(before)
    if amount is None:
        return None
    line_end = lower.find("\n", position)
    after = lower[unit.end() : min(line_end if line_end >= 0 else len(lower), unit.end() + _AFTER)]
    lead_in = before[: amount.start]
    section = document.section_at(position)
    kind = section.kind if section else None
    listed = kind in _WISHES and amount.years <= _MAX_LISTED_YEARS
    if amount.years > _MAX_YEARS or not _is_experience(lead_in, after, amount.or_more, listed):
        return None
    years = 0.0 if _UP_TO.search(lead_in) else amount.years
    required = kind is not SectionKind.PREFERRED and not _is_preferred(lead_in, _CLAUSE_END.split(after, maxsplit=1)[0])
    return AskedYears(years, required, line_start + amount.start, unit.end())


@lru_cache(maxsize=_KEPT)
def _amount(before: str) -> _Amount | None:
    """The number that ends what stands before a unit."""
    found = _AMOUNT.search(before)
    return _Amount(found.start(), _years(found["low"]), bool(found["plus"])) if found else None


def _years(number: str) -> float:
    return _NUMBER_WORDS[number] if number in _NUMBER_WORDS else float(number.replace(",", "."))


@lru_cache(maxsize=_KEPT)
def _is_experience(lead_in: str, after: str, plus: bool, listed: bool) -> bool:
    """`listed` = in a list of what is asked for: there a number of years that begins a line needs no word of experience."""
    more = _OR_MORE.match(after)
    sentence = after[more.end() if more else 0 :].split(". ")[0]
    plus = plus or more is not None
    if _DEGREE.match(sentence):
        return False
    named = _EXPERIENCE.search(sentence)
    if named and named.end() <= _SOON and not _TOGETHER.search(sentence):
        return True
    if _is_of_something_else(sentence, named):
        return False
    if _COMPANY_BEFORE.search(lead_in) and not (named and named.end() <= 60):
        return _YOU_HAVE_DONE.search(lead_in) is not None and not _NO_WORK_OF_YOURS.search(lead_in)
    if _ASKED_BEFORE.search(lead_in) or _is_asked_of_you(lead_in, sentence, plus):
        return True
    begins = _begins(lead_in)
    if _ABOUT_EXPERIENCE.search(sentence, 0, 50) and (plus or named or begins or _is_learnt(lead_in, sentence)):
        return True
    return listed and begins and not _NO_CRAFT.search(sentence)


def _is_asked_of_you(lead_in: str, sentence: str, plus: bool) -> bool:
    """Whether years of doing something begin a line's ask; without "you have" or a plus they are as often a company's."""
    if plus and _begins(lead_in) and (_WITH_A_TOOL.match(sentence) or _AS_A_TRADE.match(sentence)):
        return True
    if plus and _is_learnt(lead_in, sentence):
        return True
    if not _DONE_BY_YOU.match(sentence):
        return False
    return (plus and _begins(lead_in)) or _YOU_HAVE.search(lead_in) is not None


def _is_learnt(lead_in: str, sentence: str) -> bool:
    """Whether years follow what one has learnt and are not those of learning it."""
    return _LEARNT.search(lead_in) is not None and not _NO_CRAFT.search(sentence)


def _is_of_something_else(sentence: str, experience: re.Match[str] | None) -> bool:
    """Whether years are a company's, a contract's or a perk's: behind the word "experience" such words only say what it is in."""
    end = experience.start() if experience else len(sentence)
    return _NOT_EXPERIENCE.search(sentence, 0, end) is not None or _TOGETHER.search(sentence) is not None


def _begins(lead_in: str) -> bool:
    """Whether a number of years begins what is said: a line, a sentence, or what "you have"."""
    before = lead_in.strip(" •-*·–~(>")
    return not before or before.endswith((".", ";", "!")) or _YOU_HAVE.search(lead_in) is not None


def _is_preferred(lead_in: str, sentence: str) -> bool:
    """Whether the years are a wish: "ideally 5 years", "5 years preferred"; but "5 years, ideally in banking" asks for the years."""
    return _PREFERRED.search(lead_in) is not None or "ideal" in lead_in or _PREFERRED.search(sentence) is not None
