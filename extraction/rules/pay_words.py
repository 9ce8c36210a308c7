"""Words that say whether a sum is pay, and for which time: `data/pay_words.tsv` as patterns over small letters.

Kinds of the table: `pay` and `other` stand before a sum (the nearest decides), `pay_after` and `other_after` behind it, `terms_after`
behind one that no word before it explains and where none of `terms_not` (what is sold) stands; a period's own name behind it
("per hour"), `<period>_before` before it ("hourly rate");
`up_to` and `from` right before it; `ote` around it; `sure` before a sum that a list of benefits names; a country's letters for words
that name the dollars of that country.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict

from extraction.data_files import DATA
from extraction.rules.needed_words import GatedPattern
from extraction.schema import Period

_TABLE = DATA / "pay_words.tsv"
_DOLLAR_COUNTRIES = ("US", "CA", "AU", "NZ", "SG", "HK")


def _read() -> dict[str, str]:
    words: dict[str, list[str]] = defaultdict(list)
    with _TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            words[row["kind"]].append(row["pattern"])
    return {kind: "|".join(patterns) for kind, patterns in words.items()}


_WORDS = _read()


def _named(kinds: dict[str, str]) -> str:
    return "|".join(f"(?P<{name}>{_WORDS[kind]})" for name, kind in kinds.items())


_UNIT = r"(?:(?:per|an?|each|every)\s+(?:year|month|annum|quarter|week)|/\s?(?:year|month|mo|yr)|annual(?:ly)?|monthly|quarterly|yearly)"
_LINK = r"(?:/|per|an?|one|pro|par|al|alla|por|im|de l'|each|every|p|total)"
# What may stand between a sum and its period: a code, "gross", "base salary"; not another sentence ("+ super. Two days at home").
_FILL = (
    r"(?:\s*(?:\(?\b[a-z]{3}\b\)?|gross|brut\w*|lord[ioa]|base|salary|cash|fixed|b2b|net\w*|\+ ?vat|dollars|rupees|plus super|\+ super"
    r"|l[ií]quid\w*|on a|basis|paid|compensation|of|pay)\b(?:\.(?! (?!(?:per|pro|par|por|al|im)\b|/)))?)*"
)
# Words that end what a sum is for: "$80,000 along with commission" is pay.
_BREAK = r"(?:with|plus|más|mais|zzgl|zuzüglich|and|along|or|per|an?|each|depending|based|dependent)\b"

ABOUT_PAY = GatedPattern(_WORDS["pay"])
NOT_PAY = GatedPattern(_WORDS["other"])
PAY_AFTER = re.compile(rf"\+?\s*(?:{_WORDS['pay_after']})")
TERMS_AFTER = re.compile(_WORDS["terms_after"])
FOR_SALE = re.compile(_WORDS["terms_not"])
NOT_PAY_AFTER = re.compile(
    rf"\s*(?:usd|cad|aud|sgd|hkd)?\s*\)?\s*{_UNIT}?\s*(?:in (?:new )?|of |as |for |towards? |worth of )?(?:an? |the |your |our )?"
    rf"(?:(?!{_BREAK})[\w&\-]+ ){{0,2}}?(?:{_WORDS['other_after']})"
)
PERIOD_AFTER = re.compile(rf"\+?{_FILL}\s*[(,\-]?\s*(?:{_LINK}\s*){{0,2}}(?:{_named({period: period for period in Period})})(?![a-z])")
PERIOD_BEFORE = GatedPattern(rf"(?<![a-z0-9])(?:{_named({period: f'{period}_before' for period in Period})})(?![a-z])")
UP_TO = re.compile(rf"(?<![a-z])(?:{_WORDS['up_to']})[\s:]*(?:an? )?(?:[a-z$]{{0,3}}\s?)$")
FROM = re.compile(rf"(?<![a-z])(?:{_WORDS['from']})[\s:]*(?:[a-z$]{{0,3}}\s?)$")
SURELY_PAY = re.compile(_WORDS["sure"])
OTE = re.compile(_WORDS["ote"])
# On-target earnings right behind their sum, and not those of another sum: "$50,000 base / $75,000 OTE".
OTE_AFTER = re.compile(r"\s*(?:\w+ )?(?:\bote\b|on[- ]target)(?!\W{0,3}(?:of |is )?[$€£\d])")
EVERY_TWO_WEEKS = re.compile(r"\s*(?:/|per|an?|every|each)?\s*(?:bi-?weekly|two weeks|other week|fortnight|semi-?monthly)")
BASE = re.compile(r"\bbase\b|grundgehalt|\bfix")
COUNTRY_NEARBY = GatedPattern(rf"(?<![a-z])(?:{_named({country: country for country in _DOLLAR_COUNTRIES})})(?![a-z])")
