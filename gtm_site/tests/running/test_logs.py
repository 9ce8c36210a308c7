from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

from gtm_site.running import logs


def test_a_large_log_is_moved_and_its_writer_goes_on(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(logs, "LOG_BYTES", 10)
    log = tmp_path / "serve.log"
    logs.log_shorten(log)
    with log.open("ab", buffering=0) as writer:
        writer.write(b"short\n")
        logs.log_shorten(log)
        assert log.read_text() == "short\n"
        writer.write(b"no longer short\n")
        logs.log_shorten(log)
        writer.write(b"after\n")
    assert (log.read_text(), log.with_name("serve.log.1").read_text()) == ("after\n", "short\nno longer short\n")


def test_a_log_that_cannot_be_copied_stays(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(logs, "LOG_BYTES", 1)
    log = tmp_path / "serve.log"
    log.write_text("kept")
    log.with_name("serve.log.1").mkdir()
    logs.log_shorten(log)
    assert log.read_text() == "kept"


def test_a_disk_without_room_for_the_copy_keeps_both(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(logs, "LOG_BYTES", 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=3))
    log = tmp_path / "serve.log"
    log.write_text("kept")
    log.with_name("serve.log.1").write_text("kept before")
    logs.log_shorten(log)
    assert (log.read_text(), log.with_name("serve.log.1").read_text()) == ("kept", "kept before")
