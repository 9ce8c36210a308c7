"""Generated jobs: words by Zipf's law, fields and dates as job boards have them. The same seed gives the same jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.search.words import WORDS_PER_TEXT, ZipfWords, made_up_words
from catalog.choices import EmploymentType, JobFunction, RemoteType, Seniority
from catalog.search.places import job_places

SEED = 20_261
CHUNK = 5_000
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
SKILLS = 800
TITLE_WORDS = 400
PHRASES = 2_000
JOBS_PER_COMPANY = 50
# Titles are made of words that texts use too, none of the very commonest.
_FIRST_TITLE_WORD = 40
_FIRST_PHRASE_WORD = 200

# Share of jobs by value; the rest is "unknown" or null.
SENIORITY = {
    "junior": 0.08, "mid": 0.2, "senior": 0.3, "staff": 0.05, "principal": 0.03, "manager": 0.1, "director": 0.06, "vp": 0.01,
    "intern": 0.02,
}  # fmt: skip
FUNCTION = {
    "engineering": 0.28, "sales": 0.14, "operations": 0.1, "marketing": 0.08, "support": 0.06, "finance": 0.06, "data": 0.06,
    "product": 0.05, "design": 0.03, "hr": 0.04, "legal": 0.02,
}  # fmt: skip
REMOTE = {"remote": 0.18, "hybrid": 0.22, "onsite": 0.3}
EMPLOYMENT = {"full_time": 0.8, "part_time": 0.04, "contract": 0.05, "internship": 0.02}
# City, state, country and weight.
PLACES: Sequence[tuple[str, str | None, str | None, int]] = (
    ("New York", "NY", "US", 120), ("San Francisco", "CA", "US", 100), ("Austin", "TX", "US", 60), ("Chicago", "IL", "US", 50),
    ("Boston", "MA", "US", 50), ("Seattle", "WA", "US", 50), ("Denver", "CO", "US", 40), ("Los Angeles", "CA", "US", 50),
    ("Atlanta", "GA", "US", 40), ("Portland", "OR", "US", 20), ("Boise", "ID", "US", 3), ("London", None, "GB", 90),
    ("Manchester", None, "GB", 12), ("Berlin", None, "DE", 45), ("Munich", None, "DE", 25), ("Bengaluru", None, "IN", 60),
    ("Toronto", "ON", "CA", 40), ("Paris", None, "FR", 35), ("Dublin", None, "IE", 25), ("Amsterdam", None, "NL", 25),
    ("Singapore", None, "SG", 20), ("Sydney", "NSW", "AU", 20), ("Warsaw", None, "PL", 15), ("Reykjavik", None, "IS", 1),
    ("", None, None, 60),
)  # fmt: skip


class Row(NamedTuple):
    """One job. `skills` are numbers of `Corpus.skills` from 0, `company` one of its companies; salaries in USD a year."""

    id: int
    title: str
    company: int
    skills: Sequence[int]
    summary: str
    text: str
    seniority: str
    function: str
    remote: str
    employment: str
    place: int
    salary: tuple[int, int] | None
    listed_at: datetime
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job is, as the product keeps it."""

    city: str | None
    state: str | None
    country: str | None
    text: str
    keys: Sequence[str]


class Corpus:
    """`number` jobs, the companies that have them and the skills that they name."""

    def __init__(self, number: int, seed: int = SEED) -> None:
        self.number = number
        self._seed = seed
        self.vocabulary = ZipfWords(seed=seed)
        names = [name.capitalize() for name in made_up_words(60_000)[10_000:]]
        order = np.random.default_rng([seed, 1]).permutation(len(names))
        self.skills = [names[n] for n in order[:SKILLS]]
        self.companies = [names[n] for n in order[SKILLS : SKILLS + max(number // JOBS_PER_COMPANY, 20)]]
        self.title_words = self.vocabulary.words[_FIRST_TITLE_WORD : _FIRST_TITLE_WORD + TITLE_WORDS]
        self.places = [_place(*place[:3]) for place in PLACES]

    @property
    def chunks(self) -> int:
        return -(-self.number // CHUNK)

    def phrase(self, number: int) -> tuple[int, int]:
        """Two words that stand together more often than chance would have it; the first phrases are the commonest."""
        return _FIRST_PHRASE_WORD + number, _FIRST_PHRASE_WORD + (number * 7 + 3) % PHRASES

    def chunk(self, number: int) -> Iterator[Row]:
        """Rows of one chunk; ids go on from chunk to chunk, beginning with 1."""
        size = min(CHUNK, self.number - number * CHUNK)
        rng = np.random.default_rng([self._seed, 2, number])
        columns = (*self._texts(rng, size), *self._fields(rng, size))
        for n, values in enumerate(zip(*columns, strict=True)):
            yield Row(number * CHUNK + n + 1, *values)

    def _texts(self, rng: np.random.Generator, size: int) -> tuple[Sequence[Any], ...]:
        """Titles, companies, skills, summaries, texts."""
        words = self.vocabulary.words
        companies = _zipf(rng, len(self.companies), size, 0.7).tolist()
        skills = [sorted(set(drawn)) for drawn in _split(_zipf(rng, SKILLS, 6 * size, 0.9), rng.integers(0, 12, size))]
        titles = [
            " ".join(self.title_words[n] for n in drawn)
            for drawn in _split(_zipf(rng, TITLE_WORDS, 4 * size, 0.8), rng.integers(2, 6, size))
        ]
        summaries = [" ".join([words[n] for n in drawn]) for drawn in _split(self.vocabulary.draw(rng, 12 * size), np.full(size, 12))]
        return titles, companies, skills, summaries, self._bodies(rng, size)

    def _bodies(self, rng: np.random.Generator, size: int) -> list[str]:
        lengths = np.clip(rng.normal(WORDS_PER_TEXT, 35, size), 50, 230).astype(int)
        ranks = self.vocabulary.draw(rng, int(lengths.sum()))
        starts = np.cumsum(lengths) - lengths
        for _ in range(2):
            at = starts + (rng.random(size) * (lengths - 2)).astype(int)
            phrases = np.array([self.phrase(n) for n in range(PHRASES)])[_zipf(rng, PHRASES, size, 1.0)]
            ranks[at], ranks[at + 1] = phrases[:, 0], phrases[:, 1]
        words = self.vocabulary.words
        return [" ".join([words[n] for n in drawn]) for drawn in _split(ranks, lengths)]

    def _fields(self, rng: np.random.Generator, size: int) -> tuple[Sequence[Any], ...]:
        """Seniority, function, remote, employment, place, salary, listed at, closed."""
        choices = [
            _pick(rng, size, shares, unknown)
            for shares, unknown in (
                (SENIORITY, Seniority.UNKNOWN),
                (FUNCTION, JobFunction.UNKNOWN),
                (REMOTE, RemoteType.UNKNOWN),
                (EMPLOYMENT, EmploymentType.UNKNOWN),
            )
        ]
        weights = np.array([place[3] for place in PLACES], dtype=float)
        places = rng.choice(len(PLACES), size, p=weights / weights.sum()).tolist()
        lowest = (rng.lognormal(11.5, 0.4, size) // 1_000 * 1_000).astype(int).tolist()
        salaries = [(low, low * 5 // 4) if stated else None for low, stated in zip(lowest, rng.random(size) < 0.4, strict=True)]
        seconds = np.minimum(rng.exponential(60, size), 700) * 86_400
        listed = [NEWEST - timedelta(seconds=int(age)) for age in seconds]
        return *choices, places, salaries, listed, (rng.random(size) < 0.15).tolist()


def _place(city: str, state: str | None, country: str | None) -> Place:
    text = ", ".join(part for part in (city, state, country) if part) or "Anywhere"
    locations = [{"city": city, "state": state, "country": country}] if city else []
    return Place(city or None, state, country, text, job_places(locations=locations, location_text=text))


def _zipf(rng: np.random.Generator, number: int, size: int, exponent: float) -> NDArray[np.int64]:
    weights = 1 / np.arange(1, number + 1) ** exponent
    return np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(size)).clip(max=number - 1)


def _split(values: NDArray[np.int64], lengths: NDArray[np.int64]) -> list[list[int]]:
    """Lists of these lengths, cut from the values one after the other (from their beginning again when they run out)."""
    plain, needed = values.tolist(), int(lengths.sum())
    plain *= -(-needed // len(plain))
    ends = np.cumsum(lengths).tolist()
    return [plain[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]


def _pick(rng: np.random.Generator, size: int, shares: Mapping[str, float], otherwise: str) -> list[str]:
    names = [*shares, str(otherwise)]
    weights = [*shares.values(), 1 - sum(shares.values())]
    return [names[n] for n in rng.choice(len(names), size, p=weights)]
