from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("extraction", "0004_experiments"),
    ]

    operations = [
        migrations.AddField(
            model_name="pendingextraction",
            name="refused_until",
            field=models.DateTimeField(blank=True, help_text="answers stored up to here were no good: it is asked anew", null=True),
        ),
    ]
