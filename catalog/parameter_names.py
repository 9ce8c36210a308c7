"""Parameters that nobody knows: what to tell whoever typed them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_LONGEST = 40
_MOST_MEANT = 3
_MOST_TOLD = 3
# What newsletters and advertisements add to every link, to be counted by others.
_MARKS = ("utm_", "gclid", "fbclid")
# So alike that the other name may be meant: "skil" and "skill" are, "after" and "state" are not.
_ALIKE = 0.7


def unknown_name(name: str, known: Sequence[str]) -> str:
    """What is wrong with a name that is none of those known, and which are near."""
    if meant := _meant(name[:_LONGEST], known):
        return f"no such parameter; did you mean {' or '.join(meant)}?"
    return f"no such parameter; there are {', '.join(known) or 'none'}"


def left_out(names: Iterable[str], known: Sequence[str]) -> list[str]:
    """The same for a page, which shows by itself what filters there are: of the first names, and how many more. None of marks of links."""
    unknown = [name for name in names if name not in known and not name.startswith(_MARKS)]
    told = [_left_out(name[:_LONGEST], known) for name in unknown[:_MOST_TOLD]]
    more = len(unknown) - len(told)
    return [*told, f"Left out {more:,} more that no filter here is called."] if more else told


def _left_out(name: str, known: Sequence[str]) -> str:
    meant = " or ".join(_meant(name, known))
    return f"Left out “{name}”: there is no such filter here{f'; did you mean {meant}?' if meant else '.'}"


def _meant(name: str, known: Sequence[str]) -> list[str]:
    """Names that it may be misspelt for, else those that it is a part of ("after")."""
    close = get_close_matches(name, known, n=1, cutoff=_ALIKE)
    return close or [one for one in known if name in one.split("_")][:_MOST_MEANT]
