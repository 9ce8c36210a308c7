"""Whom an operator of a host that is asked can write to: what user agents say of it, and which hosts may be asked without."""

from __future__ import annotations

from django.conf import settings

from ingestion.errors import ContactMissingError
from ingestion.http.addresses import is_public

# The name that nobody ever has (RFC 2606): the agent of `.env.example` holds it.
_NOBODY = ".invalid"
# Names of one's own machine and network (RFC 6761, 6762, 9476 and Kubernetes').
_NEAR = (".internal", ".local", ".localhost", ".svc", ".test")


def user_agents() -> list[str]:
    """What requests are sent under: one name, or those that take turns."""
    return settings.FETCH_ROTATING_USER_AGENTS or [settings.FETCH_USER_AGENT]


def require_contact(host: str) -> None:
    """Raises ContactMissingError where a host of the real world would be asked under an address that nobody has."""
    if not settings.IN_SANDBOX and _names_nobody() and _is_of_the_world(host):
        raise ContactMissingError(
            f"{host} would be asked under an address that nobody has: set FETCH_USER_AGENT to a name and contact of yours"
        )


def _names_nobody() -> bool:
    return any(not agent.strip() or _NOBODY in agent.lower() for agent in user_agents())


def _is_of_the_world(host: str) -> bool:
    try:
        return is_public(host)
    except ValueError:  # a name
        return "." in host and not host.endswith(_NEAR)
