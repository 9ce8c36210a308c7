"""Titles are found by their words, so that they come first however many texts have them."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0011_dropped_skills"),
    ]

    operations = [
        # What an interrupted attempt left is not valid.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS job_title_words", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="job",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("title", config="catalog_english"), name="job_title_words"
            ),
        ),
        # Else nobody knows how common a word is in titles before a tenth of the jobs has changed.
        migrations.RunSQL("ANALYZE catalog_job", migrations.RunSQL.noop),
    ]
