#!/usr/bin/env python
"""GTM Engine's command line: `./manage.py help`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gtm_site.settings")
    from django.core.management import execute_from_command_line

    from gtm_site.env import EnvironmentValueError
    from gtm_site.outages import outage
    from gtm_site.running.embedded import servers_for_command
    from gtm_site.running.state_folder import EmbeddedServerError

    try:
        with servers_for_command(sys.argv):
            execute_from_command_line(sys.argv)
    except (EmbeddedServerError, EnvironmentValueError) as error:
        sys.exit(f"manage.py: {error}")
    except BrokenPipeError:
        if not reader_is_gone():
            raise
        # Whoever read the output has had enough, e.g. `| head`: what Python still holds of it goes nowhere, in silence.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)  # as shells say it of a program that Ctrl-C has ended
    except Exception as error:
        if "--traceback" in sys.argv or (told := outage(error)) is None:
            raise
        sys.exit(f"manage.py: {told}")


def reader_is_gone() -> bool:
    """Whether nobody reads the output any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return True
    return False


if __name__ == "__main__":
    main()
