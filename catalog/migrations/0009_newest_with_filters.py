"""Indexes are built beside readers and writers, and the one that takes another's place is there before that goes.

Not one transaction: what an interrupted attempt has left, perhaps an index that is not valid, is removed first, so that
`migrate` is simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0008_publication_marks"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS job_published", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(fields=["published_at"], name="job_published"),
        ),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS job_newest_with_filters", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(
                models.F("state"),
                models.OrderBy(models.F("listed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                include=("comp_usd", "company", "job_function", "seniority_level", "remote_type", "employment_type", "location_country"),
                name="job_newest_with_filters",
            ),
        ),
        RemoveIndexConcurrently(
            model_name="job",
            name="job_newest",
        ),
        migrations.RenameIndex(
            model_name="job",
            old_name="job_newest_with_filters",
            new_name="job_newest",
        ),
    ]
