"""Signals by when they were found, for feeds."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0016_walked_by_level_and_function"),
    ]

    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS companysignal_found", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="companysignal",
            index=models.Index(
                models.OrderBy(models.F("found_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="companysignal_found",
            ),
        ),
    ]
