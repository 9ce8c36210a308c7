"""A version's posting is not checked: a constraint less, no row is touched."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0007_raw_identity")]

    operations = [
        migrations.AlterField(
            "postingversion",
            "posting",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="ingestion.rawposting",
            ),
        ),
    ]
