"""`manage.py token create USER`: API tokens."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from rest_framework.authtoken.models import Token


class Command(BaseCommand):
    help = "Print the API token of a user, made if there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for action, text in (("create", "print the user's token, made if there is none"), ("revoke", "delete the user's token")):
            actions.add_parser(action, help=text).add_argument("user", help="user name (`manage.py createsuperuser` makes one)")

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model().objects
        user = users.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(
                f"there is no user {options['user']!r}: make one with `manage.py createsuperuser --username {options['user']}`"
            )
        if options["action"] == "revoke":
            Token.objects.filter(user=user).delete()
            self.stdout.write(f"the token of {user} is revoked")
            return
        self.stdout.write(Token.objects.get_or_create(user=user)[0].key)
