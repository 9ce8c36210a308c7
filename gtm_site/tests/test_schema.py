from __future__ import annotations

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from gtm_site.schema import schema_update


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_left_alone():
    schema_update()
    MigrationRecorder(connection).record_applied("catalog", "9999_of_tomorrow")
    with pytest.raises(CommandError, match=r"newer version \(catalog 9999_of_tomorrow\)"):
        schema_update()
