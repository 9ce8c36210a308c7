"""Any web server: a folder over HTTP with range requests, for Parquet files and for companies' sites.

`FOLDER/<host>/...` answers for the host of that name, `FOLDER/...` for every other. A folder answers with its `index.html`;
`<name>.redirect` holds the address that `<name>` redirects to, `<name>.status` the bare status it answers with.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

LOOPBACK = "127.0.0.1"
STARTS_WITHIN_S = 60.0


class Files:
    """The server of one folder. `asked` holds (host, path with query, Range header) of every request."""

    def __init__(self, folder: Path, *, ranges: bool = True) -> None:
        """`ranges` False: a server that ignores Range headers, as RFC 9110 allows."""
        self._folder = folder.resolve()
        self._ranges = ranges
        self.asked: list[tuple[str, str, str]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host.partition(":")[0]
        self.asked.append((host, request.raw_path, request.headers.get("Range", "")))
        path = self._path(host, request.path)
        if path is None:
            return web.Response(status=404, text="not here")
        if path.suffix == ".redirect":
            return web.Response(status=302, headers={"Location": path.read_text().strip()})
        if path.suffix == ".status":
            return web.Response(status=int(path.read_text()))
        if not self._ranges:
            return web.Response(body=path.read_bytes())
        return web.FileResponse(path)

    def _path(self, host: str, path: str) -> Path | None:
        """The file that answers, None when there is none inside the folder."""
        own = self._folder / host
        found = ((own if own.is_dir() else self._folder) / path.lstrip("/")).resolve()
        if not found.is_relative_to(self._folder):
            return None
        choices = (found, found / "index.html", Path(f"{found}.redirect"), Path(f"{found}.status"))
        return next((choice for choice in choices if choice.is_file()), None)


@contextmanager
def serving(folder: Path, *, ranges: bool = True) -> Iterator[Files]:
    """The server of a folder for the length of a `with` block, on a free port of the loopback."""
    files, ready, done = Files(folder, ranges=ranges), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(files, ready, done)), daemon=True)
    thread.start()
    try:
        if not ready.wait(STARTS_WITHIN_S):
            raise TimeoutError(f"the server of {folder} did not start within {STARTS_WITHIN_S:g} s")
        yield files
    finally:
        done.set()
        thread.join(STARTS_WITHIN_S)


async def _serve(files: Files, ready: threading.Event, done: threading.Event) -> None:
    runner = web.ServerRunner(web.Server(files.answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    files.port = int(runner.addresses[0][1])
    ready.set()
    await asyncio.to_thread(done.wait)
    await runner.cleanup()
