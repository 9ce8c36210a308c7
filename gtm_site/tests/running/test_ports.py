from __future__ import annotations

import socket

import pytest
from django.core.management.base import CommandError

from gtm_site.running.ports import require_free


def test_a_port_that_somebody_listens_on_is_refused_with_the_remedy():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} is in use: take another"):
            require_free(port, "take another")
    require_free(port, "take another")


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CommandError, match=r"of 192\.0\.2\.1 cannot be listened on"):
        require_free(8000, "take another", "192.0.2.1")


def test_a_number_that_is_no_port_is_refused():
    with pytest.raises(CommandError, match="there is no port 70000: choose"):
        require_free(70_000, "choose another")
