"""Visits over real sockets: only names and the last step of the connection are replaced, as if the sandbox were the internet."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestion import pipeline
from ingestion.errors import SiteError
from ingestion.models import FrontierUrl, OutboundRequest, Run, Sighting, Source
from ingestion.services import run_create
from sandbox.files import Files, serving

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC = "93.184.216.34"
NAMES = {
    "acme.com": [PUBLIC],
    "www.acme.com": [PUBLIC],
    "careers.acme.com": [PUBLIC],
    "beta.co.uk": [PUBLIC],
    "elsewhere.com": [PUBLIC],
    "inside.com": ["10.0.0.5"],
    "mixed.com": [PUBLIC, "127.0.0.1"],
    "mapped.com": ["::ffff:169.254.169.254"],
    "metadata.com": ["169.254.169.254"],
    "six.com": ["fd00::1"],
    "vpn.acme.com": ["192.168.1.1"],
}
EMBED = '<script src="https://boards.greenhouse.io/embed/job_board/js?for=Acme"></script>'


@pytest.fixture
def site(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Files]:
    """The folder of acme.com, and the server of all names."""
    settings.CDX_SPACING_MS = 0
    settings.FETCH_RETRY_UNIT_S = 0.004

    async def resolve(host: str) -> list[str]:
        return NAMES.get(host, [])

    with serving(tmp_path) as files:
        connect = asyncio.selector_events.BaseSelectorEventLoop.sock_connect

        async def to_sandbox(self: Any, sock: Any, address: Any) -> Any:
            if isinstance(address, tuple):  # Redis is a path
                assert address == (PUBLIC, 80)
                address = ("127.0.0.1", files.port)
            return await connect(self, sock, address)

        monkeypatch.setattr("ingestion.http.addresses._resolve", resolve)
        monkeypatch.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", to_sandbox)
        yield files


def put(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def visit(*sites: str, run: Run | None = None) -> Run:
    run = run or run_create(kind="discover", parameters={"sites": list(sites)})
    pipeline.discover(run_id=run.pk)
    run.refresh_from_db()
    return run


def refusal(*sites: str) -> str:
    """The message of a run that found nothing."""
    with pytest.raises(SiteError):
        visit(*sites)
    run = Run.objects.latest("created_at")
    assert run.state == "failed"
    return run.message


def known() -> set[str]:
    return {str(source) for source in Source.objects.all()}


def asked(site: Files) -> list[str]:
    return [f"{host}{path}" for host, path, _ in site.asked]


def test_the_home_page_leads_to_the_career_page_that_embeds_a_board(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/index.html", '<a href="/about">About</a> <a href="/company/careers">Careers</a>')
    put(tmp_path, "acme.com/company/careers", EMBED)
    run = visit("http://acme.com/")
    assert (run.state, run.message) == ("done", "found greenhouse/acme")
    assert asked(site) == ["acme.com/robots.txt", "acme.com/", "acme.com/sitemap.xml", "acme.com/company/careers"]
    sighting = Sighting.objects.get()
    assert (sighting.method, sighting.crawl, sighting.is_first) == ("site", "http://acme.com/", True)
    rows = OutboundRequest.objects.order_by("started_at")
    assert {row.purpose for row in rows} == {"site"}
    assert [row.status for row in rows] == [404, 200, 404, 200]


@pytest.mark.parametrize(
    ("page", "board"),
    [
        ('<iframe src="//boards.greenhouse.io/embed/job_board?for=acme&amp;b=x"></iframe>', "greenhouse/acme"),
        ('<script>load("https:\\/\\/api.eu.lever.co\\/v0\\/postings\\/acme?mode=json")</script>', "lever/acme"),
        ('<div data-jobs="https://jobs.lever.co/Acme.io"></div>', "lever/acme.io"),
        ("<p>Apply at https://job-boards.greenhouse.io/acme.</p>", "greenhouse/acme"),
        ('<a href="https://jobs.lever.co/acme/1c9a7f52-6c0e-4a57-9d0b-5f0c52a7d001/apply">Engineer</a>', "lever/acme"),
    ],
)
def test_a_named_page_that_names_a_board_costs_two_requests(site: Files, tmp_path: Path, page: str, board: str):
    put(tmp_path, "acme.com/jobs", page)
    visit("http://acme.com/jobs")
    assert known() == {board}
    assert len(site.asked) == 2


def test_postings_that_a_page_links_to_join_the_frontier(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/jobs", '<a href="https://boards.greenhouse.io/acme/jobs/4000001?gh_src=1">Engineer</a>')
    visit("http://acme.com/jobs")
    (posting,) = FrontierUrl.objects.postings()
    assert (posting.url, posting.source_job_id) == ("https://job-boards.greenhouse.io/acme/jobs/4000001", "4000001")
    assert [page.url for page in FrontierUrl.objects.filter(source=None)] == ["https://acme.com/jobs"]


def test_sitemaps_of_sitemaps_packed_or_not_lead_to_career_pages(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/robots.txt", "User-agent: *\nDisallow:\nSitemap: http://acme.com/maps/index.xml\n")
    put(tmp_path, "acme.com/index.html", "<p>Welcome</p>")
    maps = "<sitemapindex><sitemap><loc>http://acme.com/maps/blog.xml</loc></sitemap><sitemap><loc>http://acme.com/maps/jobs.xml.gz</loc></sitemap></sitemapindex>"
    put(tmp_path, "acme.com/maps/index.xml", maps)
    put(tmp_path, "acme.com/maps/blog.xml", "<urlset><url><loc>http://acme.com/blog/1</loc></url></urlset>")
    put(
        tmp_path,
        "acme.com/maps/jobs.xml.gz",
        gzip.compress(b"<urlset><url><loc> http://careers.acme.com/all?a=1&amp;b=2 </loc></url></urlset>"),
    )
    put(tmp_path, "careers.acme.com/all", EMBED)
    visit("http://acme.com")
    assert known() == {"greenhouse/acme"}
    assert "careers.acme.com/all?a=1&b=2" in asked(site)
    assert "acme.com/blog/1" not in asked(site)


def test_robots_txt_is_obeyed_on_every_host(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/index.html", '<a href="/careers">Careers</a><a href="http://careers.acme.com/">Jobs</a>')
    put(tmp_path, "acme.com/robots.txt", "User-agent: GTM-Engine\nDisallow: /careers\n")
    put(tmp_path, "acme.com/careers", EMBED)
    put(tmp_path, "careers.acme.com/robots.txt", "User-agent: *\nDisallow: /\n")
    put(tmp_path, "careers.acme.com/index.html", EMBED)
    message = refusal("http://acme.com/")
    assert "robots.txt forbids http://acme.com/careers" in message
    assert not {"acme.com/careers", "careers.acme.com/"} & set(asked(site))


def test_a_site_whose_robots_txt_cannot_be_read_is_left_alone(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/robots.txt.status", "503")
    put(tmp_path, "acme.com/index.html", EMBED)
    assert "so nothing of this host is read" in refusal("http://acme.com/")
    assert set(asked(site)) == {"acme.com/robots.txt"}


def test_a_redirect_to_a_board_names_it(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/careers.redirect", "https://jobs.lever.co/acme")
    visit("http://acme.com/careers")
    assert known() == {"lever/acme"}


def test_redirects_stay_within_the_domain(site: Files, tmp_path: Path):
    put(tmp_path, "careers.acme.com/index.html.redirect", "http://www.acme.com/jobs")
    (tmp_path / "careers.acme.com/index.html.redirect").rename(tmp_path / "careers.acme.com/start.redirect")
    put(tmp_path, "www.acme.com/jobs", EMBED)
    visit("http://careers.acme.com/start")
    assert known() == {"greenhouse/acme"}
    put(tmp_path, "beta.co.uk/start.redirect", "http://elsewhere.com/jobs")
    put(tmp_path, "elsewhere.com/jobs", EMBED)
    assert "elsewhere.com is not part of beta.co.uk" in refusal("http://beta.co.uk/start")
    assert "elsewhere.com/jobs" not in asked(site)


def reasons(*sites: str) -> dict[str, str]:
    """Why each of the sites led to nothing."""
    refusal(*sites)
    return {site: result["reason"] for site, result in Run.objects.latest("created_at").parameters["results"].items()}


TARGETS = {
    "http://127.0.0.1/": "not part of acme.com",
    "http://10.0.0.5/": "not part of acme.com",
    "http://169.254.169.254/latest/meta-data/": "not part of acme.com",
    "http://2130706433/": "not part of acme.com",
    "http://0x7f.1/": "not part of acme.com",
    "http://[::1]/": "not part of acme.com",
    "http://[::ffff:127.0.0.1]/": "not part of acme.com",
    "http://localhost/": "not part of acme.com",
    "http://vpn.acme.com/": "private network",
    "http://acme.com:8080/": "unusual port",
    "http://user:secret@acme.com/": "user name",
    "file:///etc/passwd": "only http and https",
    "gopher://acme.com/": "only http and https",
}


def test_redirects_to_private_addresses_are_not_followed(site: Files, tmp_path: Path):
    for number, target in enumerate(TARGETS):
        put(tmp_path, f"acme.com/{number}.redirect", target)
    found = reasons(*(f"http://acme.com/{number}" for number in range(len(TARGETS))))
    assert [text for number, text in enumerate(TARGETS.values()) if text not in found[f"http://acme.com/{number}"]] == []
    assert {host for host, _, _ in site.asked} == {"acme.com"}


def test_links_to_private_addresses_are_not_followed(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/careers", "".join(f'<a href="{target}">Jobs</a>' for target in TARGETS))
    refusal("http://acme.com/careers")
    assert {path for _, path, _ in site.asked} == {"/robots.txt", "/careers", "/sitemap.xml"}
    assert {host for host, _, _ in site.asked} == {"acme.com"}


NOT_VISITED = {
    "http://127.0.0.1/": "names no domain",
    "http://10.0.0.5:80/careers": "names no domain",
    "http://2130706433/": "names no domain",
    "http://0x7f000001/": "names no domain",
    "http://0177.0.0.1/": "names no domain",
    "http://127.1/": "names no domain",
    "http://[::1]/": "names no domain",
    "http://[::ffff:10.0.0.1]/": "names no domain",
    "http://[fe80::1%25eth0]/": "names no domain",
    "localhost": "names no domain",
    "http://①②⑦.⓪.⓪.①/": "names no domain",
    "http://acme.com:22/": "only the usual ports",
    "http://user:secret@acme.com/": "user name",
    "ftp://acme.com/": "only http and https",
    "javascript://acme.com/": "only http and https",
    "": "nothing is not visited",
    "acme": "names no domain",
    "http://inside.com/": "private network",
    "http://mixed.com/": "private network",
    "http://mapped.com/": "private network",
    "http://metadata.com/": "private network",
    "http://six.com/": "private network",
    "http://nowhere.com/": "there is no such domain",
}


def test_addresses_that_are_not_visited(site: Files):
    found = reasons(*NOT_VISITED)
    assert {address: found[address] for address, text in NOT_VISITED.items() if text not in found[address]} == {}
    assert site.asked == []
    assert not OutboundRequest.objects.exists()


def test_a_configured_private_address_is_no_site(site: Files, settings: Any):
    settings.CDX_BASE_URL = "http://inside.com"
    assert "private network" in refusal("http://inside.com/")


def test_pages_are_bounded_in_number_and_content_is_read_once(site: Files, tmp_path: Path):
    links = "".join(f'<a href="/jobs/{number}">Job</a>' for number in range(60))
    put(tmp_path, "acme.com/index.html", links)
    for number in range(60):
        put(tmp_path, f"acme.com/jobs/{number}", f"<a href='/careers/{number}/deeper'>Careers</a>" if number % 2 else "the same")
    message = refusal("http://acme.com/")
    pages = [path for path in asked(site) if path not in ("acme.com/robots.txt", "acme.com/sitemap.xml")]
    assert len(pages) == len(set(pages)) == 20
    assert "11 pages of acme.com were read and none names a board" in message


def test_a_page_that_is_too_large_is_said(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/careers", b"x" * (5 * 2**20))
    assert "too_large" in refusal("http://acme.com/careers")


def test_a_list_says_what_led_to_nothing_and_goes_on(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/jobs", EMBED)
    run = visit("http://nowhere.com/", "http://acme.com/jobs", "jobs.lever.co/beta")
    stage = run.stages.get()
    assert (run.state, stage.done, stage.failed, stage.total) == ("done", 2, 1, 3)
    assert run.message.startswith("found greenhouse/acme, lever/beta; 1 of 3 sites led to no board: http://nowhere.com/")


def test_a_broken_off_list_goes_on_with_the_next_site(site: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    put(tmp_path, "acme.com/jobs", EMBED)
    put(tmp_path, "beta.co.uk/jobs", "https://jobs.lever.co/beta")
    run = run_create(kind="discover", parameters={"sites": ["http://acme.com/jobs", "http://beta.co.uk/jobs"]})
    from ingestion.discovery import visits

    search = visits._search

    async def die_at_the_second(run: Run, address: str) -> None:
        if "beta" in address:
            raise KeyboardInterrupt
        await search(run, address)

    monkeypatch.setattr(visits, "_search", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        visit(run=run)
    monkeypatch.setattr(visits, "_search", search)
    assert visit(run=run).state == "done"
    assert known() == {"greenhouse/acme", "lever/beta"}
    assert asked(site).count("acme.com/jobs") == 1


def test_a_page_that_changed_since_the_last_visit_is_counted(site: Files, tmp_path: Path):
    put(tmp_path, "acme.com/jobs", EMBED)
    assert visit("http://acme.com/jobs").stages.get().counts["changed_pages"] == 1
    assert visit("http://acme.com/jobs/?utm_source=x").stages.get().counts["changed_pages"] == 0
    put(tmp_path, "acme.com/jobs", EMBED + "<p>More</p>")
    assert visit("http://acme.com/jobs").stages.get().counts["changed_pages"] == 1
    assert FrontierUrl.objects.count() == 1
