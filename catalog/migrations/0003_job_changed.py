from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_curation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="updated_at",
            field=models.DateTimeField(
                default=timezone.now,
                help_text="last change, as `catalog.changes` orders them",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["updated_at", "id"], name="job_changed"),
        ),
    ]
