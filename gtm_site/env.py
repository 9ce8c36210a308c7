"""Typed reading of environment variables: nonsense is refused at start, with the variable's name."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


class EnvironmentValueError(ValueError):
    """An environment variable holds something it cannot mean."""


def text(name: str, default: str = "") -> str:
    """The variable, outer white space off; unset and empty both give the default."""
    return os.environ.get(name, "").strip() or default


def optional(name: str) -> str | None:
    return text(name) or None


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    folded = value.strip().lower()
    if folded in TRUE:
        return True
    if folded in FALSE:
        return False
    raise EnvironmentValueError(f"{name}={value!r}: expected one of 1, 0, true, false, yes, no, on, off")


def integer(name: str, default: int, *, minimum: int | None = None, maximum: int | None = None) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise EnvironmentValueError(f"{name}={value!r}: expected a whole number") from None
    if minimum is not None and number < minimum:
        raise EnvironmentValueError(f"{name}={number}: must be at least {minimum}")
    if maximum is not None and number > maximum:
        raise EnvironmentValueError(f"{name}={number}: must be at most {maximum}")
    return number


def decimal(name: str, default: float, *, minimum: float = 0.0) -> float:
    value = text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        raise EnvironmentValueError(f"{name}={value!r}: expected a number") from None
    if not minimum <= number < float("inf"):
        raise EnvironmentValueError(f"{name}={value}: must be a number of at least {minimum}")
    return number


def amount(name: str, default: str) -> Decimal:
    """US dollars, never below zero."""
    value = text(name, default)
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value):
        raise EnvironmentValueError(f"{name}={value!r}: expected an amount in US dollars such as 25 or 0.50")
    return Decimal(value)


def optional_amount(name: str) -> Decimal | None:
    """US dollars, or None when it is unset or empty."""
    return amount(name, "") if optional(name) else None


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in choices:
        raise EnvironmentValueError(f"{name}={value!r}: expected one of {', '.join(choices)}")
    return value


def base_url(name: str, default: str) -> str:
    """An http(s) address with a host, without a slash at its end."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnvironmentValueError(f"{name}={value!r}: expected an address such as https://host.example")
    return value


def email(name: str) -> str:
    """One address of electronic mail, or "" when it is unset or empty."""
    value = text(name)
    if value and not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", value):
        raise EnvironmentValueError(f"{name}={value!r}: expected an address such as data@host.example")
    return value


def server_url(name: str, *schemes: str) -> str | None:
    """The address of a server by one of these schemes; None when it is unset. A refused one is not shown: it may hold a password."""
    value = optional(name)
    if value and urlsplit(value).scheme not in schemes:
        raise EnvironmentValueError(f"{name}: expected an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return value


def rate(name: str, default: str) -> str:
    """A number of requests a second, minute, hour or day, e.g. `60/min`."""
    value = text(name, default)
    if not re.fullmatch(r"[1-9]\d*/(s|sec|m|min|h|hour|d|day)", value):
        raise EnvironmentValueError(f"{name}={value!r}: expected a rate such as 60/min")
    return value


def words(name: str, default: str = "", *, separator: str = ",") -> list[str]:
    """Comma-separated values, empties dropped."""
    return [word.strip() for word in text(name, default).split(separator) if word.strip()]


def addresses(name: str) -> list[str]:
    """Comma-separated http(s) addresses; a refused one is named by its place, since it may hold a password."""
    values = words(name)
    for number, value in enumerate(values, start=1):
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EnvironmentValueError(f"{name}, value {number}: expected an address such as http://user:password@proxy.example:3128")
    return values


def load_dotenv(path: Path) -> None:
    """Set what `path` (KEY=VALUE lines, `#` comments) names and the environment does not; a missing file is fine."""
    if not path.is_file():
        return
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        key, separator, value = line.removeprefix("export ").partition("=")
        if not separator or not key.strip().isidentifier():
            raise EnvironmentValueError(f"{path}:{number}: expected KEY=VALUE, found {raw!r}")
        os.environ.setdefault(key.strip(), value.strip().strip("\"'"))
