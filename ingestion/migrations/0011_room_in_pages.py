"""Pages keep room, so that what replaces a row stands beside it and no index is written (PostgreSQL's heap-only updates).

A tenth is room for the new contents of postings; claiming a source writes each row a second time. Holds for what is written
from now on: no row is touched, nobody waits.
"""

from django.db import migrations

ROOM = {"ingestion_rawposting": 90, "ingestion_source": 50}


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0010_raw_unchecked")]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET (fillfactor = {full})", f"ALTER TABLE {table} RESET (fillfactor)")
        for table, full in ROOM.items()
    ]
