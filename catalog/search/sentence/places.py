"""Places in a sentence: countries, states, regions and metro areas by name, towns that have jobs, and names behind "in". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from catalog.search.places import fold_place, metro_towns, place_keys, region_names
from catalog.search.sentence.meanings import meaning_at
from catalog.search.sentence.parts import JOINTS, MAX_PHRASE_WORDS, Kind, Known, Part, Sentence, last_content

_LEADS = frozenset({"in", "from", "near", "around", "outside", "within", "across", "throughout", "based", "located", "remote", "into"})
_BEHIND = frozenset({"area", "region", "metro", "metropolitan", "timezone", "timezones"})
_SMALL = frozenset({"of", "and", "the", "de", "do", "da", "del", "la", "upon"})
_CODE_LENGTH = 3
# Short names of metro areas and regions that are words or job titles too; codes of states and countries are found by rule.
# Codes of three letters mean something else as a rule (GTM is no Guatemala), except behind "in" and for these.
_COMMON_CODES = frozenset({"usa", "uae"})
_ALSO_WORDS = frozenset({"la", "ba", "chi", "sea", "sg", "kc"})


def recognise_led_place(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """A place behind "in": it may be called like a skill (Phoenix). Behind "remote from" a country is where people may live."""
    part = recognise_place(sentence, at, before) if _is_led(sentence, at, before) else None
    if part and _is_remote_from(sentence, at, before):
        codes = _countries(part.filters[0][1])
        return replace(part, filters=tuple(("remote_from", code) for code in codes) or part.filters)
    return part


def _is_remote_from(sentence: Sentence, at: int, before: Sequence[Part]) -> bool:
    """Behind "remote from", or in a list that begins so."""
    content = last_content(before)
    if content is None:
        return False
    begins = sentence.folded(at - 1) == "from" and content.filters == (("remote", "remote"),)
    return begins or content.family == "remote_from"


def _countries(name: str) -> list[str]:
    """The code of a name that means one country alone."""
    keys = place_keys(name)
    codes = [key[2:] for key in keys if key.startswith("c:")]
    return codes if len(codes) == 1 and not any(key.startswith("s:") or "/" in key for key in keys) else []


def recognise_place(sentence: Sentence, at: int, before: Sequence[Part]) -> Part | None:
    """The longest known place that begins at a word; else a capitalised name behind "in". With the state or country behind it."""
    led = _is_led(sentence, at, before)
    sizes = range(min(MAX_PHRASE_WORDS, len(sentence.words) - at), 0, -1)
    stop = next((at + size for size in sizes if _is_known(sentence, at, at + size, led=led)), None)
    if led:
        stop = max(stop or at, _end_of_name(sentence, at))  # Mexico City is no part of Mexico
    stop = stop or _end_before_state(sentence, at)
    return _place(sentence, at, stop) if stop > at else None


def is_known_place(name: str, known: Known) -> bool:
    """Whether a place as it stands in a search is a known area, a town with jobs, or in a known area."""
    head = fold_place(name.partition(",")[0])
    return "," in name or head in known.towns or names_area(head) or len(name) == len("CA")


def names_area(name: str) -> bool:
    """Whether a folded name is that of a country, state, region or metro area."""
    return any(key[:2] in ("c:", "s:") or "/" in key for key in place_keys(name))


def _is_known(sentence: Sentence, at: int, stop: int, *, led: bool) -> bool:
    words = sentence.words[at:stop]
    if any(word.is_sign for word in words):
        return False
    name = fold_place(sentence.typed(at, stop))
    if name in sentence.known.towns:
        return True
    if not names_area(name):
        return False
    if len(name) > _CODE_LENGTH or not (_is_code(name) or name in _ALSO_WORDS):
        return True
    if led and meaning_at(sentence.words, at) is None:
        return True
    return words[0].text.isupper() and not sentence.is_shouted and (len(name) < _CODE_LENGTH or name in _COMMON_CODES)


def _is_code(name: str) -> bool:
    """Whether a short name stands for one or two states or countries alone (CA: California, Canada), not for a region or town."""
    keys = place_keys(name)
    return not any("/" in key for key in keys) and sum(key[:2] in ("c:", "s:") for key in keys) <= 2


def _is_led(sentence: Sentence, at: int, before: Sequence[Part]) -> bool:
    """Whether "in", "from" ... stands before, also before the first of a list of places."""
    back = at - 1
    while sentence.folded(back) == "the":
        back -= 1
    if sentence.folded(back) in _LEADS:
        return True
    content = last_content(before)
    if content is None or content.kind is not Kind.PLACE:
        return False
    return (
        len(before) > 1
        and all(part.kind in JOINTS | {Kind.NOT} for part in before[before.index(content) + 1 :])
        and before[-1] is not content
    )


def _end_of_name(sentence: Sentence, at: int) -> int:
    """Where the capitalised words end that are nothing else we know: a town without a job so far."""
    stop = at
    while (word := sentence.word(stop)) and word.is_capital and stop - at < MAX_PHRASE_WORDS and _is_free(sentence, stop):
        stop += 1
    return stop


def _end_before_state(sentence: Sentence, at: int) -> int:
    """Where a name ends that the code of a state follows ("Houston, TX", "Houston TX"), which makes it a town; `at` if none does."""
    ends = range(at + 1, _end_of_name(sentence, at) + 1)
    return next((stop for stop in ends if _is_state_code(sentence, stop) and _area_stop(sentence, at, stop) > stop), at)


def _is_state_code(sentence: Sentence, at: int) -> bool:
    """Whether two capitals stand here, perhaps behind a comma."""
    code = sentence.word(at + (sentence.folded(at) == ","))
    return code is not None and len(code.text) == len("TX") and code.text.isupper() and not sentence.is_shouted


def _is_free(sentence: Sentence, at: int) -> bool:
    return meaning_at(sentence.words, at) is None and sentence.folded(at) not in sentence.known.skills


def _place(sentence: Sentence, at: int, stop: int) -> Part:
    name, area_stop = _spelled(sentence.typed(at, stop)), _area_stop(sentence, at, stop)
    if area_stop > stop:
        after = stop + (sentence.folded(stop) == ",")
        name = f"{name}, {_spelled(sentence.typed(after, area_stop))}"
    while sentence.folded(area_stop) in _BEHIND:
        area_stop += 1
    return replace(sentence.part(Kind.PLACE, at, area_stop), filters=(("location", name),))


def _area_stop(sentence: Sentence, at: int, stop: int) -> int:
    """Where the state or country behind a place ends: "Austin, TX", "Berlin, Germany", "Austin TX"; `stop` when there is none."""
    head = place_keys(sentence.typed(at, stop))
    is_state = any(key[:2] == "s:" for key in head)
    if not is_state and any(key[:2] == "c:" for key in head):
        return stop
    after = stop + (sentence.folded(stop) == ",")
    for end in range(min(after + 3, len(sentence.words)), after, -1):
        if _qualifies(sentence, at, stop, after, end) and not (is_state and _is_other_state(sentence, after, end)):
            return end
    return stop


def _qualifies(sentence: Sentence, at: int, stop: int, after: int, end: int) -> bool:
    if any(word.is_sign for word in sentence.words[after:end]):
        return False
    area = sentence.typed(after, end)
    if len(area) <= _CODE_LENGTH and not area.isupper() and (after == stop or meaning_at(sentence.words, after)):
        return False
    if after == stop and len(area) > _CODE_LENGTH:
        return False
    return any("/" in key for key in place_keys(f"{sentence.typed(at, stop)}, {area}"))


def _is_other_state(sentence: Sentence, after: int, end: int) -> bool:
    """Behind a state that is a town too, a state by its full name is the next one of a list: "Washington, Oregon"."""
    area = sentence.typed(after, end)
    return len(area) > _CODE_LENGTH and any(key[:2] == "s:" for key in place_keys(area))


def _spelled(typed: str) -> str:
    """Small letters as names are written: "nyc" -> "NYC", "new york" -> "New York"; without an article."""
    typed = re.sub(r"^the\s+", "", typed, flags=re.IGNORECASE)
    if typed != typed.lower():
        return typed
    if name := _written().get(fold_place(typed)):
        return name
    if len(typed) <= _CODE_LENGTH:
        return typed.upper()
    return " ".join(word if word in _SMALL else word[:1].upper() + word[1:] for word in typed.split())


@lru_cache(maxsize=1)
def _written() -> Mapping[str, str]:
    """Names of regions and metro areas as they are written, by folded name."""
    return {fold_place(name): name for name in (*region_names(), *metro_towns())}
