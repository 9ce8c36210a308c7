"""What a child process of `manage.py extract` runs. Imports nothing of Django before it is set up."""

from __future__ import annotations

import os


def work(parent: int) -> None:
    """Extract until nothing waits any more, or until the parent is gone, however it went."""
    import django

    django.setup()
    from extraction import services

    services.pending_finish(keep_going=lambda: os.getppid() == parent)
