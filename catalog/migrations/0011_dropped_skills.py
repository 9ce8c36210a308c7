import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_published_since_a_look"),
    ]

    operations = [
        migrations.CreateModel(
            name="DroppedSkill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "seen_at",
                    models.DateTimeField(help_text="the first sign of a job that named it: first seen, or posted when that is earlier"),
                ),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dropped_skills",
                        to="catalog.company",
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.skill"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "skill"), name="droppedskill_identity")],
            },
        ),
    ]
