"""Signals go with their company, job or skill in the database itself.

Code from before 0015 that still runs beside this one deletes companies, and does not know that they have signals. A second
foreign key does it beside Django's: that one, looked at when the transaction ends, then finds nothing left. Replacing it
instead would lock every reader of jobs out for a moment. May be run again after it was interrupted.
"""

from collections.abc import Sequence
from typing import Any

from django.db import migrations


def follows(column: str, table: str) -> Sequence[Any]:
    """Operations that let a signal go with the row that its column names."""
    name = f"companysignal_goes_with_{column}"
    return [
        migrations.RunSQL(
            f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{name}' AND conrelid = 'catalog_companysignal'::regclass) THEN
                    ALTER TABLE catalog_companysignal ADD CONSTRAINT {name} FOREIGN KEY ({column}_id) REFERENCES {table} (id)
                        ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID;
                END IF;
            END $$
            """,
            f"ALTER TABLE catalog_companysignal DROP CONSTRAINT IF EXISTS {name}",
        ),
        migrations.RunSQL(f"ALTER TABLE catalog_companysignal VALIDATE CONSTRAINT {name}", migrations.RunSQL.noop),
    ]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("catalog", "0017_signals_as_found"),
    ]

    operations = [
        *follows("company", "catalog_company"),
        *follows("job", "catalog_job"),
        *follows("skill", "catalog_skill"),
    ]
