from __future__ import annotations

import os

from gtm_site.running.state_folder import layout


def test_a_user_without_a_name_has_a_place_too(monkeypatch, tmp_path):
    """Containers run as any number."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setenv("GTM_STATE_DIR", str(tmp_path))
    assert layout().user is None
    assert "gtm-54321-" in layout().sockets.name
