"""What the typeaheads show: options of a list box, as HTML."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.suggest.companies import companies_suggest
from catalog.suggest.places import places_suggest
from catalog.suggest.skills import skills_suggest


@require_safe
def skill_suggest(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("q", "")
    return render(request, "catalog/_skill_suggestions.html", {"suggestions": skills_suggest(q=typed), "typed": typed.strip().casefold()})


@require_safe
def company_suggest(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/_company_suggestions.html", {"suggestions": companies_suggest(q=request.GET.get("q", ""))})


@require_safe
def place_suggest(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/_place_suggestions.html", {"suggestions": places_suggest(q=request.GET.get("q", ""))})
