"""Discovery on companies' own sites (spec D6): the page that was named, its career pages, its sitemaps, and what robots.txt allows.

A visit is one connection, at most a request a second, and ends with the first page that names a board.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import structlog
from django.conf import settings

from ingestion.discovery.canonical import canonical_url, checksum
from ingestion.discovery.pages import addresses_in, by_length, career_links, findings_in, is_career_like
from ingestion.discovery.robots import MAX_BYTES, NOTHING_ALLOWED, Robots, read_robots
from ingestion.discovery.site_guard import SiteGuard
from ingestion.discovery.sitemaps import read_sitemap
from ingestion.discovery.tokens import Finding
from ingestion.errors import AccessDeniedError, AddressRefusedError, BodyTooLargeError, FetchError, SiteError, SourceGoneError
from ingestion.http.bodies import Body
from ingestion.http.client import Answer, Call, Client
from ingestion.politeness.limiter import HostPolicy

MAX_PAGES = 20
MAX_SITEMAPS = 5
# Pages that name no board themselves may link to one that does: this many links deep.
MAX_DEPTH = 2
PAGE_BYTES = 4 * 2**20
SITEMAP_BYTES = 16 * 2**20
VISIT_S = 180.0
# Asked for when neither page nor sitemap speaks of jobs.
_GUESSES = ("/careers", "/jobs")
_HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"}
_TEXT = {"Accept": "application/xml,text/xml,text/plain;q=0.9,*/*;q=0.1"}

log = structlog.get_logger(__name__)


def visit_policy() -> HostPolicy:
    """How companies' sites are treated: as the index of Common Crawl is, one connection."""
    return HostPolicy(1, settings.CDX_SPACING_MS)


@dataclass(frozen=True)
class Visited:
    """A page that answered: where it ended up after redirects, the checksum of its content, and what it names."""

    url: str
    checksum: str
    findings: tuple[Finding, ...]


@dataclass
class Visit:
    """One search of one site. `pages` are those that answered, in order; `notes` say what stood in the way."""

    client: Client
    guard: SiteGuard
    home: str
    pages: list[Visited] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)
    _contents: set[str] = field(default_factory=set)
    _robots: dict[str, Robots] = field(default_factory=dict)

    async def findings(self) -> list[Finding]:
        """What the first page that names a board names. Raises SiteError that says what was tried, and FetchError of the limiter."""
        try:
            async with asyncio.timeout(VISIT_S):
                await self._resolve()
                async for page in self._search():
                    if page.findings:
                        return list(page.findings)
        except TimeoutError:
            self.notes.append(f"the visit was ended after {VISIT_S:g} s")
        raise SiteError(self._nothing())

    async def _resolve(self) -> None:
        """A name without an address is said at once, not after six attempts."""
        host = urlsplit(self.home).hostname or ""
        try:
            found = await self.guard.addresses(host, 443)
        except AddressRefusedError as error:
            raise SiteError(f"{host} is not visited: {error}") from error
        if not found:
            raise SiteError(f"{host} is not visited: there is no such domain")

    async def _search(self) -> AsyncIterator[Visited]:
        """The named page, then level by level what it and the sitemaps lead to."""
        links: list[str] = []
        async for page in self._read([self.home], links):
            yield page
        links += await self._from_sitemaps()
        if not links:
            links = [urljoin(self.home, path) for path in _GUESSES]
        for _ in range(MAX_DEPTH):
            level, links = by_length(dict.fromkeys(links)), []
            async for page in self._read(level, links):
                yield page

    async def _read(self, urls: Iterable[str], links: list[str]) -> AsyncIterator[Visited]:
        """Pages at the addresses, each once; what they link to is added to `links`."""
        for url in urls:
            if len(self._asked) >= MAX_PAGES or not self._is_new(url):
                continue
            answer = await self._ask(url, _HTML, PAGE_BYTES)
            if isinstance(answer, Finding):
                yield Visited(url, "", (answer,))
            elif answer is not None and (page := self._taken(answer, links)):
                yield page

    def _is_new(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        if not self.guard.is_allowed(host):
            return False
        canonical = canonical_url(url)
        if canonical in self._asked:
            return False
        self._asked.add(canonical)
        return True

    def _taken(self, answer: Answer, links: list[str]) -> Visited | None:
        """The page, None when another address had the same content."""
        digest = checksum(answer.body)
        if digest in self._contents:
            return None
        self._contents.add(digest)
        text = answer.body.decode("utf-8", "replace")
        page = Visited(answer.url, digest, tuple(findings_in(addresses_in(text))))
        self.pages.append(page)
        links += career_links(text, answer.url)
        return page

    async def _from_sitemaps(self) -> list[str]:
        """Career-like pages that the sitemaps name; of sitemaps of sitemaps the career-like ones come first."""
        robots = await self._rules(self.home)
        waiting = list(robots.sitemaps) or [urljoin(self.home, "/sitemap.xml")]
        found: list[str] = []
        for _ in range(MAX_SITEMAPS):
            if not waiting:
                break
            url = waiting.pop(0)
            answer = await self._ask(url, _TEXT, SITEMAP_BYTES) if self._reaches(url) else None
            if not isinstance(answer, Answer):
                continue
            sitemap = read_sitemap(answer.body, SITEMAP_BYTES)
            if sitemap.is_index:
                waiting = sorted([*waiting, *sitemap.addresses[:1000]], key=lambda address: not is_career_like(address))
            else:
                found += [address for address in sitemap.addresses if is_career_like(address) and self._reaches(address)]
        return by_length(found)[:MAX_PAGES]

    def _reaches(self, url: str) -> bool:
        try:
            return self.guard.is_allowed(urlsplit(url).hostname or "")
        except ValueError:
            return False

    async def _ask(self, url: str, headers: dict[str, str], limit: int) -> Answer | Finding | None:
        """The answer; the board that the address redirects to; or None, with a note, when there is neither."""
        if not (await self._rules(url)).allows(url):
            self.notes.append(f"robots.txt forbids {url}")
            return None
        try:
            return await self._get(url, headers, limit)
        except AddressRefusedError as error:
            if found := findings_in([error.url]):
                return found[0]
            self.notes.append(f"{url}: {error}")
        except FetchError as error:
            self.notes.append(f"{url}: {_reason(error)}")
        return None

    async def _rules(self, url: str) -> Robots:
        """robots.txt of the address's host, asked once. Without one all is allowed; when it cannot be read, nothing is."""
        origin = urljoin(url, "/")
        if origin not in self._robots:
            self._robots[origin] = await self._read_robots(urljoin(url, "/robots.txt"))
        return self._robots[origin]

    async def _read_robots(self, url: str) -> Robots:
        try:
            answer = await self._get(url, _TEXT, MAX_BYTES)
        except (SourceGoneError, BodyTooLargeError):
            return Robots()
        except AddressRefusedError as error:
            # Whoever sends even this file elsewhere has moved the whole site: where it leads is what counts.
            if findings_in([error.url]) or error.status == 302:
                return Robots()
            raise SiteError(f"{url} is not visited: {error}") from error
        except FetchError as error:
            self.notes.append(f"{url}: {_reason(error)}, so nothing of this host is read")
            return NOTHING_ALLOWED
        return read_robots(answer.body.decode("utf-8", "replace"), settings.FETCH_USER_AGENT.partition("/")[0])

    async def _get(self, url: str, headers: dict[str, str], limit: int) -> Answer:
        bodies: list[Body] = []

        def fresh() -> Body:
            bodies.append(Body(limit))
            return bodies[-1]

        answer = await self.client.get(Call(url, "site", headers=headers), sink=fresh)
        return Answer(answer.status, answer.headers, bodies[-1].whole(), answer.url)

    def _nothing(self) -> str:
        """What a person is told when there was no board."""
        host = urlsplit(self.home).hostname
        read = f"{len(self.pages)} page{'s' if len(self.pages) != 1 else ''} of {host} were read and none names a board"
        notes = "; ".join(dict.fromkeys(self.notes[:3]))
        advice = "paste the address of one of its postings instead"
        return f"{read}{f' ({notes})' if notes else ''}: {advice}"


def _reason(error: FetchError) -> str:
    """Client errors speak of boards; a page has other words."""
    if isinstance(error, SourceGoneError):
        return "there is no such page"
    if isinstance(error, AccessDeniedError):
        return f"the site refuses us ({error.status})"
    return str(error)
