"""Lists by level and by function are walked to in their index alone, as the list of all jobs is (0009); by date of posting, too.

Built as there: beside readers and writers, the new one before the old one goes; an interrupted `migrate` is simply run again.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

_WALKED = ("comp_usd", "company", "job_function", "seniority_level", "remote_type", "employment_type", "location_country", "posted_at")


def beside(column: str) -> Sequence[str]:
    return (*(name for name in _WALKED if name != column), "state")


def replaced(name: str, column: str, walked: Sequence[str]) -> Sequence[Any]:
    """The index with its columns, and with those that are read beside them."""
    index = models.Index(
        models.F(column),
        models.OrderBy(models.F("listed_at"), descending=True),
        models.OrderBy(models.F("id"), descending=True),
        include=walked,
        name=f"{name}_wide",
    )
    return [
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}", migrations.RunSQL.noop),
        AddIndexConcurrently(model_name="job", index=index),
        RemoveIndexConcurrently(model_name="job", name=name),
        migrations.RenameIndex(model_name="job", old_name=index.name, new_name=name),
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0015_company_signals"),
    ]

    operations = [
        *replaced("job_newest", "state", _WALKED),
        *replaced("job_function_newest", "job_function", beside("job_function")),
        *replaced("job_seniority_newest", "seniority_level", beside("seniority_level")),
    ]
