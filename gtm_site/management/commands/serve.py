"""`manage.py serve`: everything that runs on one machine, in the foreground."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from gtm_site.running import embedded, programs
from gtm_site.running.ports import require_free
from gtm_site.running.state_folder import only_supervisor
from gtm_site.running.supervisor import Supervisor
from gtm_site.schema import schema_update

DESCRIPTION = """\
Run GTM Engine on this machine until Ctrl-C: the embedded servers (unless POSTGRES_URL and REDIS_URL are set), the web
server, one worker a queue, and the scheduler. Every log line carries the name of its program; a program that dies is
started again. Nothing is left behind, however this command ends.
"""


class Command(BaseCommand):
    help = "Run servers, web, workers and scheduler in the foreground."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = DESCRIPTION
        parser.add_argument("--host", default="127.0.0.1", help="address of the web server (default: %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="port of the web server (default: %(default)s)")
        parser.add_argument("--no-web", action="store_true", help="workers and scheduler only")
        parser.add_argument("--web-only", action="store_true", help="the web server only")
        parser.add_argument("--no-migrate", action="store_true", help="leave the database schema as it is")

    def handle(self, *args: Any, **options: Any) -> None:
        with only_supervisor():
            if not options["no_web"]:
                require_free(options["port"], "choose another one with --port NUMBER", options["host"])
            self._serve(options)

    def _serve(self, options: dict[str, Any]) -> None:
        with embedded.servers() as servers:
            if not options["no_migrate"]:
                schema_update()
            web = [] if options["no_web"] else [programs.web(options["port"], options["host"])]
            background = [] if options["web_only"] else [*programs.workers(), programs.scheduler()]
            supervisor = Supervisor([*web, *background], as_json=settings.LOG_FORMAT == "json")
            supervisor.start()
            if web:
                supervisor.say(f"GTM Engine: http://{options['host']}:{options['port']}/ (Ctrl-C ends it)")
            try:
                supervisor.run(servers.tend)
            finally:
                supervisor.stop()
