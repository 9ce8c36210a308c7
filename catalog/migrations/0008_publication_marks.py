"""Columns alone, which takes a moment: what takes long is left to the next migration, so that nobody waits for these locks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0007_stored_documents"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="published_at",
            field=models.DateTimeField(
                editable=False, help_text="when it came into the catalogue; null: before that was written down", null=True
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="words_version",
            field=models.SmallIntegerField(
                db_default=0, default=0, editable=False, help_text="of what made the search vector, see `catalog.publish_rows`; 0: older"
            ),
        ),
        migrations.AlterField(
            model_name="savedsearch",
            name="looked_at",
            field=models.DateTimeField(help_text="jobs published then or later are new"),
        ),
    ]
