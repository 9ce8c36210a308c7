"""A copy of everything that cannot be made again: the database, raw responses of the state folder, the secret key.

Redis is not part of it: the next tick fills an empty one from the tables. A search index of tantivy is made anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from gtm_site.running.postgres_server import postgres_program

DUMP, RAW, KEY = "database.dump", "raw", "secret_key"
DRAFT = f"{DUMP}.part"


class BackupError(RuntimeError):
    """The message says what is in the way."""


def backup_write(folder: Path) -> None:
    """Into a new folder, or over the backup before: raw responses that it has are not copied again. Raises BackupError and OSError.

    The database first: what it points to is in storage by then, and is never changed.
    """
    _make_private(folder)
    draft = folder / DRAFT
    _run("pg_dump", ["--format=custom", f"--file={draft}", *_server(), _database()])
    draft.replace(folder / DUMP)
    if not settings.S3_ENDPOINT:
        _copy_raw(settings.STATE_DIR / RAW, folder / RAW)
    if (settings.STATE_DIR / KEY).is_file():
        shutil.copy2(settings.STATE_DIR / KEY, folder / KEY)


def backup_restore(folder: Path) -> None:
    """Into an empty database. Raises BackupError for one that holds tables, and OSError.

    The database last, as one transaction: a restore that broke off before can be called again.
    """
    if not (folder / DUMP).is_file():
        raise BackupError(f"{folder} holds no {DUMP}: name the folder that `manage.py backup` wrote")
    if connection.introspection.table_names():
        raise BackupError("the database holds tables already: restore into an empty one, e.g. with GTM_STATE_DIR naming a new folder")
    settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
    if not settings.S3_ENDPOINT:
        _copy_raw(folder / RAW, settings.STATE_DIR / RAW)
    if (folder / KEY).is_file():
        shutil.copy2(folder / KEY, settings.STATE_DIR / KEY)
    _run("pg_restore", ["--exit-on-error", "--single-transaction", "--no-owner", *_server(), f"--dbname={_database()}", str(folder / DUMP)])


def _make_private(folder: Path) -> None:
    """What is not a backup already is made, for its owner alone: passwords' hashes, tokens and the key come into it.

    Raises BackupError for a folder that holds other things: it may be everybody's.
    """
    held = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if held - {DRAFT} and DUMP not in held:
        raise BackupError(f"{folder} holds other things than a backup: name a new folder, or that of the backup before")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not held:
        folder.chmod(0o700)


def _copy_raw(source: Path, target: Path) -> None:
    """Names are checksums, so what is there is the same; what begins with a dot or ends with .part was never written to its end."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", "*.part"), copy_function=_copy_missing, dirs_exist_ok=True)


def _copy_missing(source: str, target: str) -> str:
    if not os.path.exists(target):
        shutil.copy2(source, f"{target}.part")
        os.replace(f"{target}.part", target)
    return target


def _run(program: str, arguments: Sequence[str]) -> None:
    """With the password in the environment: command lines are for everybody to read."""
    _, secret = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    argv = [str(postgres_program(program)), *arguments]
    result = subprocess.run(argv, env={**os.environ, **(secret or {})}, capture_output=True, text=True, check=False)
    if result.returncode:
        raise BackupError(f"{program} ended with status {result.returncode}:\n{result.stderr.strip()}")


def _server() -> list[str]:
    given = {
        "host": connection.settings_dict["HOST"],
        "port": connection.settings_dict["PORT"],
        "username": connection.settings_dict["USER"],
    }
    return [f"--{name}={value}" for name, value in given.items() if value]


def _database() -> str:
    return str(connection.settings_dict["NAME"])
