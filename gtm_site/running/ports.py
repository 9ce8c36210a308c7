"""Ports that programs are to listen on."""

from __future__ import annotations

import errno
import socket

from django.core.management.base import CommandError


def require_free(port: int, remedy: str, host: str = "127.0.0.1") -> None:
    """Raises CommandError where nobody can listen; `remedy` says how another port is chosen."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            what = "is in use" if error.errno == errno.EADDRINUSE else f"of {host} cannot be listened on ({error.strerror})"
            raise CommandError(f"port {port} {what}: {remedy}") from None
        except OverflowError:
            raise CommandError(f"there is no port {port}: {remedy}") from None
