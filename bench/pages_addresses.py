"""What `bench.pages` asks for: every page and list of the product, and who asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from django.contrib.auth.models import User
from django.db.models import Count

from catalog.models import Job, SavedSearch, Skill
from catalog.saved.saved_searches import MAX_SAVED

FEED = "f" * 43
# fmt: off
PAGES = (
    "/", "/?function=sales", "/?skill={often}", "/?q=zzzzqqq", "/?q=data+engineer", "/?q=%22data+engineer%22", "/?posted_within_days=7",
    "/jobs/{job}", "/companies", "/companies?sort=jobs", "/companies.csv?function=legal", "/signals", "/signals.csv",
    "/companies?skill={seldom}&started_within_days=30", "/companies?uses={often}&uses={seldom}",
    "/companies?function=sales", "/companies?skill={often}", "/companies?skill={seldom}", "/companies?q=zzzzqqq",
    "/companies/{largest}", "/companies/suggest?q=a", "/skills", "/skills?kind=tool", "/skills/{often_id}", "/skills/{seldom_id}",
    "/skills/suggest?q=a", "/places/suggest?q=new", "/saved", "/feeds/{feed}.atom",
)
OTHERS = (
    "/sources", "/runs", "/cost", "/quality", "/metrics", "/health", "/admin/catalog/job/",
    "/admin/catalog/job/?state__exact=closed", "/admin/catalog/job/?q=acme", "/admin/catalog/job/?q={job}",
    "/admin/catalog/job/?q={at_its_ats}", "/admin/catalog/company/",
    "/admin/catalog/jobcontent/", "/admin/extraction/extraction/",
)
API = (
    "/jobs", "/jobs?skill={often}", "/jobs?sort=salary", "/jobs?posted_within_days=7", "/jobs/{job}", "/job_postings",
    "/companies", "/companies?sort=jobs",
    "/companies?skill={often}", "/companies/{largest}", "/companies/suggest?q=a", "/skills", "/skills?kind=tool",
    "/skills/{often_id}", "/skills/{seldom_id}", "/skills/suggest?q=a", "/places/suggest?q=new", "/saved_searches", "/signals",
)
# fmt: on
SAVED = ("q=engineer", "function=sales", "q=data&function=data", "remote=remote", "min_comp=150000")


def reader() -> User:
    """A member of staff with as many saved searches as there may be, looked at three days ago."""
    user: User = User.objects.create_superuser("bench-pages")
    at = datetime.now(UTC) - timedelta(days=3)
    SavedSearch.objects.bulk_create(
        SavedSearch(user=user, name=f"{n}", query=SAVED[n % len(SAVED)], looked_at=at, feed_token=FEED if n == 0 else None)
        for n in range(MAX_SAVED)
    )
    return user


def addresses() -> dict[str, str]:
    """Every address by its template, of the largest company, the most frequent skill and one of the middle."""
    skills = list(Skill.objects.active().order_by("-job_count", "id")[:101])
    newest = Job.objects.latest("id")
    values = {
        "job": newest.pk,
        "at_its_ats": quote(newest.source_job_id),
        "largest": Job.objects.values_list("company").annotate(jobs=Count("pk")).order_by("-jobs")[0][0],
        "often_id": skills[0].pk,
        "often": quote(skills[0].name),
        "seldom_id": skills[-1].pk,
        "seldom": quote(skills[-1].name),
        "feed": FEED,
    }
    return {template: template.format(**values) for template in (*PAGES, *OTHERS, *(f"/api/v1{path}" for path in API))}
