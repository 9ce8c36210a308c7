"""The schema of the database as the programs of this version need it."""

from __future__ import annotations

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

_OURS = ("ingestion", "extraction", "catalog")


def schema_update() -> None:
    """Migrate. Raises CommandError for a database of a newer version: it would be written as that version does not expect."""
    loader = MigrationLoader(connection)
    newest = {app: max(name for label, name in loader.disk_migrations if label == app) for app in _OURS}
    if newer := sorted(f"{app} {name}" for app, name in loader.applied_migrations if name > newest.get(app, name)):
        raise CommandError(f"the database is of a newer version ({', '.join(newer)}): start that one, or restore a backup made before it")
    call_command("migrate", verbosity=0, interactive=False)
