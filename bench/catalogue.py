"""Catalogues to measure: recorded or generated boards read, extracted and published by the product's own line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from django.db.models import AutoField, Model

from gtm_site.running import embedded
from sandbox.testing import RunningSandbox

CONDITIONS = {"FETCH_MIN_SPACING_MS": "0", "IN_SANDBOX": "1", "TIER1_PROVIDER": "rules"}


@contextmanager
def catalogue(state: Path, boards: AbstractContextManager[RunningSandbox], fill: Callable[[RunningSandbox], None]) -> Iterator[None]:
    """Django over the servers of a state folder; its catalogue is filled from the boards where it is empty."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gtm_site.settings")
    os.environ["GTM_STATE_DIR"] = str(state)
    os.environ.update(CONDITIONS)
    with boards as sandbox:
        os.environ.update(sandbox.environment())
        with embedded.servers():
            _set_up()
            from catalog.models import Job

            if not Job.objects.exists():
                fill(sandbox)
            yield


def _set_up() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def load(sandbox: RunningSandbox, keys: Iterable[tuple[str, str]] | None = None) -> None:
    """Read, extract and publish these boards, (source type, key), or all that the sandbox has."""
    from catalog.services import skills_import
    from extraction import services as extraction
    from ingestion import pipeline as reading
    from ingestion.models import Sighting
    from ingestion.services import Finding, findings_store, run_create

    boards = sandbox.boards()
    wanted = keys or [(source_type, key) for source_type in ("greenhouse", "lever") for key in boards[source_type]]
    skills_import()
    findings = [Finding(source_type, key, "") for source_type, key in wanted]
    findings_store(findings=findings, method=Sighting.Method.SEED, crawl="recorded")
    reading.fetch(run_id=run_create(kind="fetch").pk)
    extraction.pending_fill()
    extraction.pending_extract()


def multiply(rows: int) -> None:
    """Copy the catalogue's jobs with their contents and skills until there are at least so many, each posted a little earlier."""
    from django.db import connection

    from catalog.models import Job, JobContent, JobSkill, Skill

    copies = -(-rows // Job.objects.count()) - 1
    with connection.cursor() as cursor:
        cursor.execute(_copying(Job, _COPIED_JOB, "catalog_job AS old, generate_series(1, %s) AS copy"), [copies])
        for model in (JobContent, JobSkill):
            cursor.execute(_copying(model, {"job_id": "new.id"}, _COPIED_DETAIL.format(model._meta.db_table)))
        cursor.execute("UPDATE catalog_skill s SET job_count = (SELECT count(*) FROM catalog_jobskill j WHERE j.skill_id = s.id)")
        cursor.execute("ANALYZE")
    if not Skill.objects.filter(job_count__gt=0).exists():
        raise AssertionError("the copied jobs have no skills")


_APART = 10_000_000
_COPIED_JOB = {
    "posting_id": f"posting_id + copy * {_APART}",
    "source_job_id": "source_job_id || '-' || copy",
    "posted_at": "posted_at - copy * interval '7 minutes'",
}
_COPIED_DETAIL = (
    f"catalog_job AS new JOIN catalog_job AS first ON new.posting_id % {_APART} = first.posting_id AND new.posting_id <> first.posting_id"
    " JOIN {} AS old ON old.job_id = first.id"
)


def _copying(model: type[Model], changed: Mapping[str, str], source: str) -> str:
    """INSERT of every column as it is, but for what has `changed`."""
    columns = [
        field.column for field in model._meta.concrete_fields if not field.generated and not isinstance(field, AutoField) and field.column
    ]
    values = ", ".join(changed.get(column, f'old."{column}"') for column in columns)
    quoted = ", ".join(f'"{column}"' for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({quoted}) SELECT {values} FROM {source}"  # noqa: S608 - names of tables and columns
