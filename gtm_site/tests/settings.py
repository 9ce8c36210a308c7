"""The settings under test: the product's own, on a state folder and a Redis database that no other test process uses.

pytest-django reads the settings before it reads any conftest, so this is the first place that can say so.
"""

import hashlib
import os
import tempfile
from pathlib import Path

_CHECKOUT = hashlib.sha256(str(Path(__file__).resolve()).encode()).hexdigest()[:8]
os.environ.setdefault("GTM_COMPILED_RULES", "off")  # so that tests may replace parts of the rules, and see them as they are written
os.environ.setdefault("GTM_STATE_DIR", str(Path(tempfile.gettempdir()) / f"gtm-engine-tests-{os.getuid()}-{_CHECKOUT}"))

from gtm_site.running import embedded  # noqa: E402 - after the state folder is chosen

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and "REDIS_URL" not in os.environ:
    os.environ["REDIS_URL"] = embedded.redis_url().replace("db=0", f"db={1 + int(_worker.removeprefix('gw'))}")

from gtm_site.settings import *  # noqa: E402, F403
