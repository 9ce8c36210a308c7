import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ingestion", "0002_posting_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("running", "running"),
                            ("paused", "paused"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        help_text="the state from then on",
                        max_length=20,
                    ),
                ),
                (
                    "action",
                    models.CharField(blank=True, help_text="pause, resume, cancel or retry, when somebody asked for it", max_length=20),
                ),
                ("by", models.CharField(blank=True, help_text="who; empty: the run's own work", max_length=150)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "run",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="events", to="ingestion.run"),
                ),
            ],
            options={"ordering": ["id"]},
        ),
    ]
