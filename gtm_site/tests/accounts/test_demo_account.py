from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from gtm_site.accounts.demo_account import account_create


@pytest.mark.django_db
def test_the_account_is_written_where_no_folder_is_yet(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "clone" / "var"  # a fresh clone; as root the servers' state is elsewhere, so nobody else makes it
    account = account_create("http://127.0.0.1:8000/")
    path = settings.VAR_DIR / "demo.json"
    assert json.loads(path.read_text()) == vars(account)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert get_user_model().objects.get(username=account.user).check_password(account.password)
    assert account_create("http://127.0.0.1:8000/") == account
