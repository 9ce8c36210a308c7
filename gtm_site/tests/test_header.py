from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

IN_OPERATIONS = '<summary aria-current="true">Operations</summary>'


def header(**context: object) -> str:
    return render_to_string("_header.html", context, request=RequestFactory().get("/"))


@pytest.mark.parametrize("section", ["sources", "runs", "politeness", "quality", "cost"])
def test_the_menu_says_that_the_page_is_in_it(section: str) -> None:
    page = header(section=section)
    assert IN_OPERATIONS in page
    assert page.count('aria-current="page"') == 1


@pytest.mark.parametrize("context", [{}, {"section": ""}, {"section": "jobs"}, {"section": "run"}], ids=str)
def test_and_of_no_other_page(context: dict[str, object]) -> None:
    assert IN_OPERATIONS not in header(**context)
