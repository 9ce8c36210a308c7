"""When a posting was last seen follows from its board's last read: `PostingSeen` becomes a view, and keeps what was known."""

import django.db.models.deletion
from django.db import migrations, models

# What the last read of its board did not find keeps the time it was seen at.
FREEZE = """
UPDATE ingestion_rawposting AS p SET seen_until = n.last_seen_at
FROM ingestion_postingseen AS n, ingestion_source AS s
WHERE n.posting_id = p.id AND s.id = p.source_id
  AND (n.last_seen_at IS DISTINCT FROM s.last_read_at OR p.missing_since IS NOT NULL OR p.closed_at IS NOT NULL)
"""
SEEN = """
SELECT p.id AS posting_id, coalesce(p.seen_until, s.last_read_at, p.first_seen_at) AS last_seen_at
FROM ingestion_rawposting AS p JOIN ingestion_source AS s ON s.id = p.source_id
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0005_politeness")]

    operations = [
        migrations.AddField(
            "rawposting",
            "seen_until",
            models.DateTimeField(
                blank=True,
                help_text="when it was last seen, once a read has not found it; empty while the last read of its board did",
                null=True,
            ),
        ),
        migrations.RunSQL(FREEZE, f"INSERT INTO ingestion_postingseen (posting_id, last_seen_at) {SEEN}"),
        migrations.DeleteModel("PostingSeen"),
        migrations.RunSQL(f"CREATE VIEW ingestion_postingseen AS {SEEN}", "DROP VIEW ingestion_postingseen"),
        migrations.CreateModel(
            name="PostingSeen",
            fields=[
                (
                    "posting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="seen",
                        serialize=False,
                        to="ingestion.rawposting",
                    ),
                ),
                ("last_seen_at", models.DateTimeField()),
            ],
            options={"managed": False, "db_table": "ingestion_postingseen", "verbose_name_plural": "postings seen"},
        ),
        migrations.RemoveIndex("rawposting", "rawposting_changed"),
        migrations.RemoveIndex("rawposting", "rawposting_status_changed"),
    ]
