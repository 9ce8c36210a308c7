"""Every fact of a job page leads to its correction, or to whom a wrong one is reported."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils.html import escape

from catalog.models import Job
from catalog.pages.correcting import correct_href
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    jobs_publish(facts=[job_facts(title="Sales & Success")])
    return Job.objects.get()


def test_staff_corrects_at_the_fact(admin_client, job):
    page = admin_client.get(reverse("catalog:job", args=[job.pk])).content.decode()
    for asked in (f"job={job.pk}&field=seniority_level", f"job={job.pk}&field=location_city", f"company={job.company_id}&field=domain"):
        assert escape(f"{reverse('admin:catalog_fieldcorrection_add')}?{asked}") in page
    assert "Correct another fact" in page


def test_who_may_not_correct_is_not_sent_to_the_form(client, job):
    user = User.objects.create_user("bo", is_staff=True)
    client.force_login(user)
    assert "Correct this" not in client.get(reverse("catalog:job", args=[job.pk])).content.decode()
    user.user_permissions.add(Permission.objects.get(codename="add_fieldcorrection"))
    assert "Correct this" in client.get(reverse("catalog:job", args=[job.pk])).content.decode()


def test_everybody_else_writes_to_the_address_of_the_settings(client, job, settings):
    settings.CONTACT_EMAIL = "data@gtm.example"
    page = client.get(reverse("catalog:job", args=[job.pk]))
    assert "Correct this" not in page.content.decode()
    assert ">Report a wrong fact</a>" in page.content.decode()
    letter = urlsplit(page.context["report_href"])
    assert (letter.scheme, letter.path) == ("mailto", "data@gtm.example")
    assert parse_qs(letter.query)["subject"] == ["Wrong fact: Sales & Success at Acme"]
    assert f"http://testserver/jobs/{job.pk}" in parse_qs(letter.query)["body"][0]


def test_without_an_address_no_letter_is_offered(client, job, settings):
    settings.CONTACT_EMAIL = ""
    assert "Report a wrong fact" not in client.get(reverse("catalog:job", args=[job.pk])).content.decode()


def test_a_line_without_a_field_has_no_form(job):
    assert correct_href(job, "key_functions_hired_for") == ""
