"""What a backup holds, and that it comes back."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ingestion.models import Source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def state(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIR, settings.S3_ENDPOINT = tmp_path / "state", None
    raw = settings.STATE_DIR / "raw" / "ab"
    raw.mkdir(parents=True)
    (raw / "whole.zst").write_bytes(b"answer")
    (raw / ".draft.zst").write_bytes(b"ans")
    (settings.STATE_DIR / "secret_key").write_text("the key")
    return settings.STATE_DIR


@pytest.fixture
def empty_database() -> Iterator[str]:
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_backup_comes_back_whole(state: Path, empty_database: str, tmp_path: Path, settings: Any, monkeypatch: Any) -> None:
    Source.objects.create(source_type="lever", source_key="acme")
    folder = tmp_path / "backup"
    call_command("backup", folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["database.dump", "secret_key", "whole.zst"]

    settings.STATE_DIR = tmp_path / "elsewhere" / "state"
    here = connection.get_connection_params()
    monkeypatch.setattr(connection.introspection, "table_names", list)  # this connection still looks at the other database
    monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")
    with pytest.raises(CommandError, match="no_such_database"):
        call_command("restore", folder)
    monkeypatch.setitem(connection.settings_dict, "NAME", empty_database)
    call_command("restore", folder)
    assert (settings.STATE_DIR / "raw" / "ab" / "whole.zst").read_bytes() == b"answer"
    assert (settings.STATE_DIR / "secret_key").read_text() == "the key"
    with psycopg.connect(**{**_plain(here), "dbname": empty_database}) as restored:
        assert restored.execute("SELECT source_key FROM ingestion_source").fetchall() == [("acme",)]


def test_a_second_backup_copies_only_what_is_new(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    call_command("backup", folder)
    kept = (folder / "raw" / "ab" / "whole.zst").stat().st_ino
    (state / "raw" / "ab" / "new.zst").write_bytes(b"more")
    call_command("backup", folder)
    assert (folder / "raw" / "ab" / "whole.zst").stat().st_ino == kept
    assert (folder / "raw" / "ab" / "new.zst").read_bytes() == b"more"


def test_nothing_is_restored_over_tables_or_from_elsewhere(state: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"holds no database\.dump"):
        call_command("restore", tmp_path)
    call_command("backup", tmp_path / "backup")
    with pytest.raises(CommandError, match="holds tables already"):
        call_command("restore", tmp_path / "backup")


def test_a_restore_whose_raw_responses_do_not_fit_leaves_the_database_empty(
    state: Path, empty_database: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backup"
    call_command("backup", folder)
    settings.STATE_DIR = tmp_path / "elsewhere"
    settings.STATE_DIR.mkdir()
    (settings.STATE_DIR / "raw").write_text("in the way")
    here = connection.get_connection_params()
    monkeypatch.setattr(connection.introspection, "table_names", list)
    monkeypatch.setitem(connection.settings_dict, "NAME", empty_database)
    with pytest.raises(CommandError, match="raw"):
        call_command("restore", folder)
    with psycopg.connect(**{**_plain(here), "dbname": empty_database}) as untouched:
        assert untouched.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_folder_of_other_things_is_refused_and_stays_everybodys(state: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "theirs").write_text("text")
    with pytest.raises(CommandError, match="holds other things"):
        call_command("backup", shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    assert [path.name for path in shared.iterdir()] == ["theirs"]


def test_a_dump_that_fails_leaves_the_one_before(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "backup"
    call_command("backup", folder)
    before = (folder / "database.dump").read_bytes()
    monkeypatch.setitem(connection.settings_dict, "NAME", "no_such_database")
    with pytest.raises(CommandError, match="no_such_database"):
        call_command("backup", folder)
    assert (folder / "database.dump").read_bytes() == before


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name in ("host", "port", "user", "password")}
