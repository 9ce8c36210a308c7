"""The staff account that `manage.py demo` makes, for trying things out."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token

DEMO_USER = "demo"


@dataclass(frozen=True)
class Account:
    """A staff user for trying things out; the password is made once and kept in `var/demo.json`."""

    url: str
    user: str
    password: str
    token: str


def account_create(url: str) -> Account:
    """The staff user, its token and a password, the same ones at every call; written for its owner's eyes only."""
    path: Path = settings.VAR_DIR / "demo.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    password = _kept_password(path) or secrets.token_urlsafe(12)
    user, _ = get_user_model().objects.get_or_create(username=DEMO_USER, defaults={"is_staff": True, "is_superuser": True})
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    account = Account(url, DEMO_USER, password, Token.objects.get_or_create(user=user)[0].key)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump(asdict(account), handle, indent=2)
    return account


def _kept_password(path: Path) -> str | None:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return str(json.loads(path.read_text())["password"])
    return None
