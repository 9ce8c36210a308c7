"""Pointers into raw storage are neither checked nor indexed: two constraints and two indexes less, no row is touched.

Each table is locked for a moment, one after the other. Where somebody holds a table for longer than five seconds, an error ends the
migration instead of everybody else waiting behind it: run `manage.py migrate` again, what was done already stays done.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

_WAIT, _AS_BEFORE = "SET lock_timeout = '5s'", "RESET lock_timeout"


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
        migrations.RunSQL(_WAIT, _AS_BEFORE),
        migrations.AlterField("rawposting", "raw_object", pointer("postings")),
        migrations.AlterField("postingversion", "raw_object", pointer("versions")),
        migrations.RunSQL(_AS_BEFORE, _WAIT),
    ]
