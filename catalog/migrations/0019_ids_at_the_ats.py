"""Jobs are found by the ATS's own ids. Built beside readers and writers; an interrupted `migrate` is simply run again."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0018_signals_go_with_their_rows"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS job_source_job_id", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="job",
            index=models.Index(fields=["source_job_id"], name="job_source_job_id"),
        ),
    ]
