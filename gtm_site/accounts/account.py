"""A signed-in user's own API token: made and renewed on a page, so that nobody needs a shell for it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from rest_framework.authtoken.models import Token


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def token_page(request: HttpRequest) -> HttpResponse:
    """Whether there is a token; by POST a new one instead of it, which is shown this once."""
    made = token_renew(user_id=int(request.user.pk or 0)) if request.method == "POST" else None
    context = {"section": "api", "made": made, "token": made or Token.objects.filter(user=request.user.pk).first()}
    return render(request, "gtm_site/token.html", context)


def token_renew(*, user_id: int) -> Token:
    """A new token instead of the one that the user has."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)  # a second renewal waits: there can be one token only
        Token.objects.filter(user=user_id).delete()
        return Token.objects.create(user_id=user_id)
