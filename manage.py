#!/usr/bin/env python
"""GTM Engine's command line: `./manage.py help`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gtm_site.settings")
    from django.core.management import execute_from_command_line

    from gtm_site.embedded import servers_for_command

    with servers_for_command(sys.argv):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
