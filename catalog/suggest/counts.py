"""What ranks the typeaheads of companies and places: how many open jobs each has. Written here, once a minute at most."""

from __future__ import annotations

import time

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Max

from catalog.choices import JobState
from catalog.models import Job, Place
from catalog.place_names import PlaceGroup, PlaceName, place_names

# Of what has been counted: losing it costs one count too many.
_COUNTED_KEY = "catalog:suggestions-counted"
_RESTING_KEY = "catalog:suggestions-resting"
_REST = 50  # seconds for each second that counting took; a small catalogue is counted whenever it has changed


def suggestions_keep() -> bool:
    """Count anew when jobs have changed since the last count, which may take a fiftieth of the time. Returns whether it did."""
    newest = Job.objects.aggregate(newest=Max("updated_at"))["newest"]
    if cache.get(_COUNTED_KEY) == newest or cache.get(_RESTING_KEY):
        return False
    started = time.monotonic()
    companies_count_jobs()
    places_count_jobs()
    cache.set(_COUNTED_KEY, newest, timeout=None)
    cache.set(_RESTING_KEY, True, timeout=_REST * int(time.monotonic() - started))
    return True


@transaction.atomic
def companies_count_jobs() -> int:
    """Bring `Company.job_count` up to date. Returns the number of companies whose count changed.

    Never waits for a row while it holds others: publishers, who write names and domains in an order of their own, could then wait in
    a circle. A company that is being written is left for the next count, which that very publication brings about.
    """
    sql = """
        WITH counted AS MATERIALIZED (
            SELECT k.id, coalesce(j.jobs, 0) AS jobs FROM catalog_company k
            LEFT JOIN (SELECT company_id, count(*) AS jobs FROM catalog_job WHERE state = %s GROUP BY 1) j ON j.company_id = k.id
            WHERE k.job_count <> coalesce(j.jobs, 0)
        ),
        free AS MATERIALIZED (
            SELECT c.id, counted.jobs FROM catalog_company c JOIN counted USING (id) FOR NO KEY UPDATE OF c SKIP LOCKED
        )
        UPDATE catalog_company c SET job_count = free.jobs FROM free WHERE free.id = c.id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [JobState.OPEN])
        return int(cursor.rowcount)


@transaction.atomic
def places_count_jobs() -> int:
    """Bring `Place` to the places that open jobs are in now. Returns the number of names that came, changed or went."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalog_place IN SHARE ROW EXCLUSIVE MODE")
    standing = {(row.folded, row.name): row for row in Place.objects.all()}
    wanted = {(found.folded, found.name): found for found in place_names(_groups())}
    changed = [_row(found) for key, found in wanted.items() if key not in standing or _differs(standing[key], found)]
    Place.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["folded", "name"], update_fields=["form", "kind", "job_count"], batch_size=1_000
    )
    gone = [row.pk for key, row in standing.items() if key not in wanted]
    Place.objects.filter(pk__in=gone).delete()
    return len(changed) + len(gone)


def _groups() -> list[PlaceGroup]:
    """Open jobs by their keys: grouping whole arrays is several times cheaper than unnesting a million of them."""
    keys = "array_to_string(places, chr(10))"  # the driver reads a text several times faster than an array
    sql = f"SELECT {keys}, coalesce(location_city, ''), count(*) FROM catalog_job WHERE state = %s GROUP BY 1, 2"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [JobState.OPEN])
        return [PlaceGroup(keys.split("\n"), city, jobs) for keys, city, jobs in cursor.fetchall()]


def _row(found: PlaceName) -> Place:
    return Place(form=found.form, folded=found.folded, name=found.name, kind=found.kind, job_count=found.jobs)


def _differs(row: Place, found: PlaceName) -> bool:
    return (row.form, row.kind, row.job_count) != (found.form, found.kind, found.jobs)
