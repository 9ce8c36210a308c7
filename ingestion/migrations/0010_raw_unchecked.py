"""Pointers into raw storage are neither checked nor indexed: two constraints and two indexes less, no row is touched.

Each table is locked for a moment, one after the other.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def pointer(name: str) -> Any:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=name,
        to="ingestion.rawobject",
    )


class Migration(migrations.Migration):
    # Each operation is a transaction of its own: no lock is held while another is waited for.
    atomic = False

    dependencies = [("ingestion", "0009_announced_requests")]

    operations = [
        migrations.AlterField("rawposting", "raw_object", pointer("postings")),
        migrations.AlterField("postingversion", "raw_object", pointer("versions")),
    ]
