"""What the contract of search backends is tested with: each backend in turn, and jobs that it has indexed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.http import QueryDict
from django.utils.module_loading import import_string

from catalog.facts import JobFacts
from catalog.filters import JobFilter
from catalog.models import Job
from catalog.search.backend import BACKENDS, SearchBackend
from catalog.search.query import Search
from catalog.services import jobs_publish


@pytest.fixture(params=sorted(BACKENDS))
def backend(request, db, settings, tmp_path) -> SearchBackend:
    settings.SEARCH_INDEX_DIR = tmp_path / "search"
    if request.param == "tantivy":
        pytest.importorskip("tantivy", reason="the extra tantivy is not installed")
    made: SearchBackend = import_string(BACKENDS[request.param])()
    made.rebuild()
    return made


@pytest.fixture
def publish(backend) -> Callable[[Sequence[JobFacts]], None]:
    def published(facts: Sequence[JobFacts]) -> None:
        jobs_publish(facts=facts)
        backend.index(list(Job.objects.filter(posting_id__in=[item.posting_id for item in facts]).values_list("pk", flat=True)))

    return published


def asked(query: str) -> Search:
    """The search of an address."""
    found = JobFilter(data=QueryDict(query), queryset=Job.objects.all())
    assert found.is_valid(), found.errors
    return found.search


def postings(ids: Sequence[int]) -> list[int]:
    """Posting ids of jobs, in their order."""
    of = dict(Job.objects.values_list("pk", "posting_id"))
    return [of[pk] for pk in ids]


def walk(backend: SearchBackend, query: str, *, limit: int, between: Callable[[], None] = lambda: None) -> list[int]:
    """Posting ids of all pages."""
    ids: list[int] = []
    cursor = None
    while True:
        page = backend.page(asked(query), limit=limit, cursor=cursor)
        ids += page.ids
        if page.next is None:
            return postings(ids)
        assert len(page.ids) == limit
        between()
        cursor = page.next
