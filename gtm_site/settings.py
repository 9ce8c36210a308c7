"""Settings of GTM Engine. Every value that may differ between places is an environment variable (see `.env.example`)."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from extraction.providers.llm_registry import llm_classes, names_of_tier
from gtm_site import env
from gtm_site.running import embedded
from gtm_site.running.state_folder import layout
from ingestion.ats.registry import adapters
from ingestion.s3 import s3_storage

BASE_DIR = Path(__file__).resolve().parent.parent
env.load_dotenv(BASE_DIR / ".env")

STATE_DIR = layout().state
# What people look for (logs, the demo's account) is in var/ also where root's servers need a folder that others can reach.
VAR_DIR = Path(env.text("GTM_STATE_DIR", str(BASE_DIR / "var"))).absolute()
# reports/ of the checkout, or of the state folder where one is named: the checkout may be read-only then.
REPORTS_DIR = (VAR_DIR if env.optional("GTM_STATE_DIR") else BASE_DIR) / "reports"

# --- Security -------------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
HTTPS_ONLY = env.flag("HTTPS_ONLY", default=False)
# Only a proxy of ours may say who asks and by which scheme: anybody can send these headers.
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)


def _secret_key() -> str:
    """`SECRET_KEY`, else a random one kept in the state folder, so that sessions outlive a restart."""
    if configured := env.optional("SECRET_KEY"):
        return configured
    path = STATE_DIR / "secret_key"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f"secret_key.{os.getpid()}")
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process was first: its key counts
            os.link(own, path)
        own.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()
# Keys that came before: what they signed (sessions, forms) stays valid, nothing new is signed with them.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Whom readers of a job page write to about a wrong fact; without one the page offers no letter.
CONTACT_EMAIL = env.email("CONTACT_EMAIL")
# What Prometheus sends to read /metrics; without one only staff reads it.
METRICS_TOKEN = env.text("METRICS_TOKEN")
SECURE_SSL_REDIRECT = HTTPS_ONLY
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Application ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "django_rq",
    "drf_spectacular",
    "rest_framework",
    "rest_framework.authtoken",
    "ingestion",
    "extraction",
    "catalog",
    "gtm_site",
]
MIDDLEWARE = [
    "gtm_site.middleware.RequestIdMiddleware",
    "gtm_site.api.allowance.AllowanceMiddleware",
    "gtm_site.api.conditional.EtagMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gtm_site.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gtm_site.middleware.SlowQueryMiddleware",
]
ROOT_URLCONF = "gtm_site.urls"
WSGI_APPLICATION = "gtm_site.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "gtm_site.formats"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

STATIC_URL = "static/"
# Set where `collectstatic` fills it; without it the source folders are served, so that a clone needs no build.
STATIC_ROOT = env.optional("STATIC_ROOT")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = STATIC_ROOT is None


# --- PostgreSQL -----------------------------------------------------------------------------------------------------
def _database(url: str, statement_timeout_ms: int = 0) -> dict[str, object]:
    """A Django database from `postgresql://user:password@host:port/name?option=value`; a timeout of 0 is none."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if statement_timeout_ms:
        options["options"] = f"{options.get('options', '')} -c statement_timeout={statement_timeout_ms}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "gtm-engine", "connect_timeout": 5, **options},
        "TEST": {"NAME": f"test_{unquote(parts.path.lstrip('/'))}"},
    }


# Nobody waits longer for a page, and eight searches that never end would hold up all others. What works in the
# background may take its time: only the web program says that it is one (gtm_site/running/programs.py).
WEB_STATEMENT_TIMEOUT_MS = env.integer("WEB_STATEMENT_TIMEOUT_MS", 15_000, minimum=0)
SERVES_WEB = env.flag("SERVES_WEB", default=False)
DATABASES = {"default": _database(embedded.postgres_url(), WEB_STATEMENT_TIMEOUT_MS if SERVES_WEB else 0)}

# --- Redis: cache, limiter and RQ ------------------------------------------------------------------------------------
REDIS_URL = embedded.redis_url()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

SCRAPE_QUEUES = {source_type: f"scrape.{source_type}" for source_type in adapters()}
DISCOVER_QUEUE = "discover"
# Short ticks only: a long task here would hold up every other stage.
CONTROL_QUEUE = "control"
# Tier 0 has a queue of its own, so that a slow local LLM never holds up what everybody waits for.
EXTRACT_QUEUES = {0: "extract_t0", 1: "extract_t1", 2: "extract_t2"}
# No worker listens to these two: the dead letters are tables, the queues only mirror them for dashboards.
DEAD_LETTER_QUEUES = {"scrape": "dlq.scrape", "extract": "dlq.extract"}
TASK_TIMEOUT_S = env.integer("TASK_TIMEOUT_S", 3600, minimum=10)
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": TASK_TIMEOUT_S}
    for name in (CONTROL_QUEUE, DISCOVER_QUEUE, *SCRAPE_QUEUES.values(), *EXTRACT_QUEUES.values(), *DEAD_LETTER_QUEUES.values())
}
RQ_QUEUES["default"] = RQ_QUEUES[CONTROL_QUEUE]
RQ = {"DEFAULT_RESULT_TTL": 300, "WORKER_CLASS": "gtm_site.running.worker.TaskWorker"}

# --- Raw storage ------------------------------------------------------------------------------------------------------
S3_ENDPOINT = env.optional("S3_ENDPOINT")

_raw_storage: dict[str, object] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": STATE_DIR / "raw"},
}
if S3_ENDPOINT:
    _raw_storage = s3_storage(
        endpoint=S3_ENDPOINT,
        access_key=env.text("S3_ACCESS_KEY"),
        secret_key=env.text("S3_SECRET_KEY"),
        bucket=env.text("S3_BUCKET", "gtm-raw"),
        timeout_s=env.decimal("S3_TIMEOUT_S", 20.0, minimum=0.1),
    )
# What nobody needs any longer is deleted once a day, when asked for; `manage.py ingest retention` shows what that would be.
RETENTION_ENABLED = env.flag("RETENTION_ENABLED", default=False)
# Twice the rest of invalid sources: the proof of their 7 days needs the requests before.
RETENTION_LEDGER_DAYS = env.integer("RETENTION_LEDGER_DAYS", 90, minimum=14)
RETENTION_FAILURE_DAYS = env.integer("RETENTION_FAILURE_DAYS", 90, minimum=1)
RETENTION_RUN_DAYS = env.integer("RETENTION_RUN_DAYS", 180, minimum=1)
RETENTION_RAW_DAYS = env.integer("RETENTION_RAW_DAYS", 30, minimum=1)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": STATE_DIR / "files"}},
    "raw": _raw_storage,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# --- The outside world --------------------------------------------------------------------------------------------------
ATS_BASE_URLS = {name: env.base_url(name, default) for a in adapters().values() for name, default in a.base_urls.items()}
CDX_BASE_URL = env.base_url("CDX_BASE_URL", "https://index.commoncrawl.org")
CDX_CRAWLS = env.words("CDX_CRAWLS")
# Parquet files of the columnar index may be read from here, by ranges.
COLUMNAR_BASE_URL = env.base_url("COLUMNAR_BASE_URL", "https://data.commoncrawl.org")
CDX_SPACING_MS = env.integer("CDX_SPACING_MS", 1000, minimum=0)
CDX_PAGE_SIZE = env.integer("CDX_PAGE_SIZE", 5, minimum=1, maximum=50)
FETCH_PER_HOST = env.integer("FETCH_PER_HOST", 5, minimum=1, maximum=5)
FETCH_MIN_SPACING_MS = env.integer("FETCH_MIN_SPACING_MS", 100, minimum=0)
FETCH_TIMEOUT_S = env.decimal("FETCH_TIMEOUT_S", 60.0, minimum=0.1)
FETCH_MAX_BODY_MB = env.integer("FETCH_MAX_BODY_MB", 64, minimum=1)
# 2, 4, 8, 16, 32 s in production (spec F2). Tests shorten the unit, never the number of retries.
FETCH_RETRY_UNIT_S = env.decimal("FETCH_RETRY_UNIT_S", 2.0, minimum=0.0)
FETCH_USER_AGENT = env.text(
    "FETCH_USER_AGENT", "GTM-Engine/0.1 (+https://github.com/gtm-engine/gtm-engine; contact: crawler@gtm-engine.invalid)"
)
# Off unless set: requests then take turns over these, and the ledger says which was used.
FETCH_ROTATING_USER_AGENTS = env.words("FETCH_ROTATING_USER_AGENTS", separator="|")
FETCH_PROXIES = env.addresses("FETCH_PROXIES")
# The circuit breaker of a host: so many different boards failing in a row open it, for so long at first.
FETCH_BREAKER_FAILURES = env.integer("FETCH_BREAKER_FAILURES", 10, minimum=2)
FETCH_BREAKER_OPEN_S = env.decimal("FETCH_BREAKER_OPEN_S", 30.0, minimum=0.001)
RECHECK_HOURS = env.integer("RECHECK_HOURS", 24, minimum=1)
# 0: what is due is read only when somebody asks for a run.
SCHEDULE_MINUTES = env.integer("SCHEDULE_MINUTES", 10, minimum=0)
INVALID_RECHECK_DAYS = env.integer("INVALID_RECHECK_DAYS", 7, minimum=7)
# Set by `manage.py demo`: sources found now are the sandbox's, and are asked only while this is set.
IN_SANDBOX = env.flag("IN_SANDBOX", default=False)
TARGET_JOB_COUNT = env.integer("TARGET_JOB_COUNT", 50_000, minimum=1)
# Counts that other apps add to `ingest status`: ingestion knows neither of them.
STATUS_COUNTS = ["gtm_site.status.downstream_counts"]

# --- Extraction ----------------------------------------------------------------------------------------------------------
# A language model is one file of extraction/providers/; where it is and its key need no line here.
LLM_BASE_URLS = {name: env.base_url(f"{name.upper()}_BASE_URL", vendor.base_url) for name, vendor in llm_classes().items()}
LLM_API_KEYS = {name: env.text(f"{name.upper()}_API_KEY") for name in llm_classes()}
TIER1_PROVIDER = env.choice("TIER1_PROVIDER", "auto", ("auto", "rules", *names_of_tier(1)))
TIER1_MODEL_NAME = env.text("TIER1_MODEL_NAME")
TIER1_BATCH_SIZE = env.integer("TIER1_BATCH_SIZE", 20, minimum=1, maximum=100)
# Prompt and answer together. Ollama would take 4,096 by itself and cut longer prompts without a word.
TIER1_CONTEXT_TOKENS = env.integer("TIER1_CONTEXT_TOKENS", 16_384, minimum=2_048)
TIER1_TIMEOUT_S = env.decimal("TIER1_TIMEOUT_S", 600.0, minimum=1.0)
# A local server answers one call at a time; more workers would only wait in its queue.
TIER1_WORKERS = env.integer("TIER1_WORKERS", 1, minimum=1, maximum=32)
TIER2_PROVIDER = env.choice("TIER2_PROVIDER", "disabled", ("disabled", *names_of_tier(2)))
TIER2_MODEL_NAME = env.text("TIER2_MODEL_NAME")
TIER2_TIMEOUT_S = env.decimal("TIER2_TIMEOUT_S", 120.0, minimum=1.0)
TIER2_WORKERS = env.integer("TIER2_WORKERS", 2, minimum=1, maximum=32)
TIER2_BATCH = env.flag("TIER2_BATCH", default=False)
LLM_WORKERS = {1: TIER1_WORKERS, 2: TIER2_WORKERS}
# US dollars for a million tokens, of prompts and of answers. A model of one's own behind OPENAI_BASE_URL: set both to 0.
LLM_PRICES = {
    "openai": (env.amount("OPENAI_PRICE_IN_USD", "3.00"), env.amount("OPENAI_PRICE_OUT_USD", "12.00")),
    "anthropic": (env.amount("ANTHROPIC_PRICE_IN_USD", "3.00"), env.amount("ANTHROPIC_PRICE_OUT_USD", "15.00")),
}
# Any other vendor's: without a price a model is taken for one's own, or refused where it needs a key.
LLM_PRICES |= {
    name: (env.amount(f"{name.upper()}_PRICE_IN_USD", ""), env.amount(f"{name.upper()}_PRICE_OUT_USD", ""))
    for name in llm_classes().keys() - LLM_PRICES.keys()
    if env.optional(f"{name.upper()}_PRICE_IN_USD")
}
# Hard caps: in all, over a day (UTC), of one run. Work that would pass one waits. Unset: no cap of that kind.
LLM_SPEND_CAP_USD = env.amount("LLM_SPEND_CAP_USD", "25.00")
LLM_SPEND_CAP_DAY_USD = env.optional_amount("LLM_SPEND_CAP_DAY_USD")
LLM_SPEND_CAP_RUN_USD = env.optional_amount("LLM_SPEND_CAP_RUN_USD")

# --- Search --------------------------------------------------------------------------------------------------------------
# What answers searches for jobs: a name of catalog.search.backend.BACKENDS.
SEARCH_BACKEND = env.choice("SEARCH_BACKEND", "postgres", ("postgres", "tantivy"))
# Where the index of `tantivy` lies; every web process and the worker of the control queue read this one folder.
SEARCH_INDEX_DIR = STATE_DIR / "search"
# Nobody reads one export for longer: it holds a snapshot of the database, which holds up vacuuming, and a thread of the web server.
EXPORT_SECONDS = env.integer("EXPORT_SECONDS", 900, minimum=1)
# US dollars for a unit of a currency on a day: what sentences about pay are converted by, as salaries of jobs are.
USD_RATE = "extraction.rules.currency.usd_rate"
# Where a person finds the board of a job: files of companies name it.
BOARD_URL = "ingestion.board_addresses.board_url"
# A sentence becomes a search by rules; a language model reads it better, and is asked only when one is named here.
SENTENCE_PROVIDER = env.choice("SENTENCE_PROVIDER", "none", ("none", *llm_classes()))
SENTENCE_MODEL_NAME = env.text("SENTENCE_MODEL_NAME")
# Somebody waits for the answer; after that the rules' reading is shown.
SENTENCE_TIMEOUT_S = env.decimal("SENTENCE_TIMEOUT_S", 8.0, minimum=0.1)
SENTENCE_CALLS_PER_DAY = env.integer("SENTENCE_CALLS_PER_DAY", 500, minimum=0)
SENTENCE_COMPLETE = "" if SENTENCE_PROVIDER == "none" else "gtm_site.sentence.complete"

# --- API -----------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["gtm_site.api.renderers.RequestIdRenderer"],
    "DEFAULT_PAGINATION_CLASS": "gtm_site.api.pagination.KeysetPagination",
    # For views that name a `filterset_class`; catalogue and ingestion do not know each other.
    "DEFAULT_FILTER_BACKENDS": ["catalog.api.filtering.StrictFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["gtm_site.api.throttles.TokenThrottle", "gtm_site.api.throttles.AnonymousThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": env.rate("API_RATE_TOKEN", "600/min"), "anon": env.rate("API_RATE_ANONYMOUS", "60/min")},
    "DEFAULT_SCHEMA_CLASS": "gtm_site.api.schema.ApiSchema",
    # Callers without a token are counted by address: that of the connection, or the one that our proxy names.
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,
    # No `?format=`: an unknown parameter like any other.
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "gtm_site.api.errors.error_response",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "GTM Engine API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "gtm_site.api.schema_hooks.tell_allowance"],
    "ENUM_NAME_OVERRIDES": {
        "JobState": "catalog.choices.JobState",
        "PlaceKind": "catalog.choices.PlaceKind",
        "RunState": "ingestion.models.Run.State",
        "SearchSubject": "catalog.choices.SearchSubject",
        "SkillKind": "catalog.choices.SkillKind",
    },
}

# --- Logging ---------------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env.choice("LOG_FORMAT", "console", ("console", "json"))
LOGGING_CONFIG = "gtm_site.logs.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
