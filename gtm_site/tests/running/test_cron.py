"""What the scheduler is to do."""

import django_rq
import pytest
from rq.cron import CronScheduler

from catalog.models import ChangeReader
from catalog.services import jobs_publish
from catalog.tests.factories import job_facts
from gtm_site import tasks


@pytest.mark.parametrize("task", ["pipeline_tick", "catalog_upkeep", "signals_upkeep"])
def test_upkeep_is_scheduled(task):
    scheduler = CronScheduler(connection=django_rq.get_connection())
    scheduler.load_config_from_file("gtm_site.running.cron")
    assert getattr(tasks, task) in [job.func for job in scheduler.get_jobs()]


@pytest.mark.django_db
def test_upkeep_of_signals_follows_the_jobs():
    jobs_publish(facts=[job_facts(1)])
    assert tasks.signals_upkeep() == 1
    assert ChangeReader.objects.get(name="signals").job_id
    assert tasks.signals_upkeep() == 0
