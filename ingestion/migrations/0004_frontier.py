from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0003_run_events")]

    operations = [
        migrations.AlterField(
            model_name="sighting",
            name="method",
            field=models.CharField(
                choices=[
                    ("cdx", "Common Crawl index"),
                    ("columnar", "columnar index"),
                    ("site", "company site"),
                    ("seed", "seed list"),
                    ("pasted", "pasted address"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="FrontierUrl",
            fields=[
                ("url_hash", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("url", models.CharField(help_text="canonical", max_length=2000)),
                ("source_job_id", models.CharField(blank=True, max_length=200)),
                ("checksum", models.CharField(blank=True, help_text="of the content, when it is known", max_length=40)),
                ("captured_at", models.DateTimeField(blank=True, help_text="when a crawler was there", null=True)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now, help_text="when discovery first met it")),
                (
                    "visited_at",
                    models.DateTimeField(blank=True, help_text="when we were there; postings are read with their board", null=True),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="frontier",
                        to="ingestion.source",
                    ),
                ),
            ],
            options={"verbose_name": "frontier URL", "verbose_name_plural": "frontier URLs"},
        ),
    ]
