"""The language of a text, ISO 639-1: by script, else by the commonest small words of the Latin-script languages."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pycountry

_SAMPLE_CHARS = 600
_MIN_WORDS = 4  # fewer hits decide nothing
_FOREIGN = re.compile("[\u0370-\u1fff\u2e80-\ud7ff]")  # no Latin letters, no typographic signs

_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
)
_KANA = re.compile(r"[\u3041-\u306d\u306f-\u3096\u30a1-\u30fa]")
"""Without "の", which Chinese shops and signs use too, and without the point between names."""
_LEAST_KANA = 3  # in a sample: no Chinese text has any
_SCRIPT_SHARE = 0.15  # a Japanese posting still has many Latin names in it

# Words that are frequent in the one language and rare or absent in the others listed.
_SMALL_WORDS = {
    "en": "the and of to for with you your our we are is this will as an on by or at be have",
    "de": "und der die das mit für von auf eine einen wir du dich sie ist bei sowie oder im zu den deine ihre nicht",
    "fr": "et les des une vous nous pour dans avec sur votre notre est aux du le la au qui en tu ainsi",
    "es": "y los las una para con por del nuestro nuestra como más tu se el la en que su trabajo experiencia",
    "pt": "e os as uma para com por do da nossa nosso você não são mais em que seu sua ou ao das dos",
    "it": "e il gli una per con di del della nel sono nostro nostra che come anche le tuo un delle dei alla",
    "nl": "en de het een voor met van je jij jouw wij ons onze zijn bij naar aan als ook niet op werken",
    "pl": "i w z na do oraz dla jest się nie lub od przez jak pracy twoje nasz",
    "sv": "och att för med som är en på vi du av till det din ett våra eller hos",
    "da": "og at for med som er en på vi du af til det din et vores eller hos samt",
    "nb": "og å for med som er en på vi du av til det din et vårt eller hos samt",
    "fi": "ja on ei että tai kanssa sekä sinulla olet me olemme työ tämä ovat",
    "cs": "a v na se s pro je do nebo jako práce naše tvoje budeš máš",
    "ro": "și în de la cu pentru este sau din care pe vei noastre echipa",
    "tr": "ve bir bu için ile olarak veya olan en iyi çalışma ekip deneyim",
    "hu": "és a az egy hogy vagy nem van valamint munka csapat tapasztalat",
}


def detect_language(text: str, stated: str | None = None) -> str | None:
    """ISO 639-1 code of the text; the ATS's own statement (`en`, `zhHant`) is used where the text does not decide."""
    return _by_script(text[:_SAMPLE_CHARS]) or _by_small_words(_sample(text)) or _stated_code(stated)


def language_notes(code: str | None) -> list[str]:
    """What a reader should know of a record made by rules from a text in that language: nothing for English or an unknown one."""
    if code in (None, "en"):
        return []
    found = pycountry.languages.get(alpha_2=code)
    return [f"Text in {found.name if found else code}: facts come from the ATS's fields and the title; rules read little of the text."]


def _stated_code(stated: str | None) -> str | None:
    code = re.match(r"[a-z]{2}(?![a-z])", (stated or "").strip().replace("_", "-"))
    return code[0] if code else None


def _sample(text: str) -> str:
    """Beginning and middle: a posting may open with the company's boilerplate in another language."""
    if len(text) <= 2 * _SAMPLE_CHARS:
        return text
    middle = len(text) // 2
    return text[:_SAMPLE_CHARS] + " " + text[middle : middle + _SAMPLE_CHARS]


def _by_script(sample: str) -> str | None:
    if sample.isascii():
        return None
    needed = _SCRIPT_SHARE * len(sample)
    # Of each foreign letter UTF-8 has at least one byte more: few more bytes mean few letters, without counting them.
    if len(sample.encode()) - len(sample) < needed or len(_FOREIGN.findall(sample)) < needed:
        return None
    if len(_KANA.findall(sample)) >= _LEAST_KANA:
        return "ja"
    return next((code for code, script in _SCRIPTS if len(script.findall(sample)) >= needed / 3), None)


def _by_small_words(sample: str) -> str | None:
    counts: dict[str, int] = {}
    known = _languages_of_word()
    for codes, times in Counter(filter(None, map(known.get, sample.lower().split()))).items():
        for code in codes.split():
            counts[code] = counts.get(code, 0) + times
    if not counts:
        return None
    code = max(counts, key=counts.__getitem__)
    return code if counts[code] >= _MIN_WORDS else None


@cache
def _languages_of_word() -> dict[str, str]:
    """The languages' codes by word, as one string each: words of the same languages are counted together."""
    words: dict[str, str] = {}
    for code, small_words in _SMALL_WORDS.items():
        for word in small_words.split():
            words[word] = f"{words[word]} {code}" if word in words else code
    return words
