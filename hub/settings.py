"""The hub's settings: one file, driven by the environment (`hub.env`); README lists the variables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.utils import get_random_secret_key

from hub import embedded, logs
from hub.env import BASE_DIR, Mode, env, mode, secret, var_dir
from hub.middleware import STRICT_POLICY
from hub.schedule import SCHEDULE

MODE = mode()
PRODUCTION = MODE is Mode.PRODUCTION
VAR_DIR = var_dir()
DEBUG = env.bool("HUB_DEBUG", default=False)

# --- secrets ------------------------------------------------------------------------------------------------
SECRET_KEY = secret("HUB_SECRET_KEY", get_random_secret_key)
SECRET_KEY_FALLBACKS = env.list("HUB_SECRET_KEY_FALLBACKS", default=[])
# Fernet keys, comma-separated: the first seals stored payloads, all open them.
HUB_PAYLOAD_KEYS: tuple[str, ...] = tuple(
    key.strip() for key in secret("HUB_PAYLOAD_KEYS", lambda: Fernet.generate_key().decode()).split(",")
)

# --- apps ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "hub.ui",
    "hub.governance",
    "hub.masterdata",
    "hub.records",
    "hub.ledger",
    "connectors",
    "orchestration",
    "exceptions",
    "hub.kpis",
    "hub.onboarding",
    "hub.console",
    "hub.api",
    # Unfold stands before the admin whose templates it replaces.
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "hub.middleware.IntakeShortcut",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "hub.middleware.ContentSecurityPolicy",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "hub.urls"
WSGI_APPLICATION = "hub.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

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
            ],
        },
    }
]

# --- PostgreSQL and Redis -----------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default=embedded.database_url(VAR_DIR))
REDIS_URL = env.str("REDIS_URL", default=embedded.redis_url(VAR_DIR))

DATABASES: dict[str, dict[str, Any]] = {"default": dict(env.db_url_config(DATABASE_URL))}
# Connections stay open for good. No pool in OPTIONS: Celery's prefork tears it down around every task, and a
# health check would add a round trip to every accepted message; a lost connection costs one request, once.
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}
# Off only behind a pooler that hands a connection from client to client and cannot follow prepared statements
# (PgBouncer follows them since 1.21).
HUB_PREPARE = env.bool("HUB_PREPARE", default=True)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "hub",
    }
}

# --- Celery: wakes workers; the truth is in PostgreSQL ------------------------------------------------------
HUB_QUEUES = ("default", "inbound", "engine", "delivery", "maintenance")
CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A wake-up held by a killed worker comes back after this many seconds; the sweeps find the work sooner.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300}
# Celery would close the connection around every task: 236 instead of 517 tasks/s.
CELERY_DB_REUSE_MAX = 1000
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- who may come in ----------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.list("HUB_ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("HUB_TRUSTED_ORIGINS", default=[])
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# One person's mistakes lock that person at that place, not everyone behind the same hospital proxy.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "console/door/locked.html"

CSRF_FAILURE_VIEW = "hub.ui.errors.csrf_failure"

SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
# Two copies on one machine share the host name, so their cookies must not share a name.
SESSION_COOKIE_NAME = f"hub_session_{env.int('PORT', default=8000)}"
CSRF_COOKIE_NAME = f"hub_csrf_{env.int('PORT', default=8000)}"

# --- headers ------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Only where a proxy in front sets this header itself, or a client could claim TLS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("HUB_BEHIND_PROXY", default=False) else None
CONTENT_SECURITY_POLICY = {"DIRECTIVES": STRICT_POLICY}

# --- static files -------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static" if PRODUCTION else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "hub.ui.storage.HashedStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = MODE is Mode.DEVELOPMENT

# --- mail ---------------------------------------------------------------------------------------------------
#: Without an address of a mail server (smtp://user:password@host:port, smtp+tls://…) nothing is mailed.
_MAIL = env.email_url("HUB_EMAIL_URL", default="smtp://")
EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_HOST"] or "", _MAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"] or "", _MAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.get("EMAIL_USE_TLS", False), _MAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("HUB_EMAIL_FROM", default="Throughline <throughline@localhost>")
#: Where people reach the console: what links in mails begin with.
HUB_URL = env.str("HUB_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")

# --- API ----------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    # Keyset pages cost the same at a million rows as at a hundred.
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "hub.api.problems.handle",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("HUB_API_RATE_ANONYMOUS", default="60/min"),
        "user": env.str("HUB_API_RATE_USER", default="1200/min"),
    },
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=env.int("HUB_API_TOKEN_DAYS", default=90)), "TOKEN_PREFIX": "tl_"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Throughline API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "What arrived, what runs, what is stuck, what it costs. Tokens act as their user, within roles and"
    " facilities. Patient data is masked. Errors are problem details (RFC 9457).",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "MessageState": "connectors.states.MessageState.choices",
        "DeliveryState": "connectors.states.DeliveryState.choices",
        "RunState": "orchestration.states.RunState.choices",
        "CaseState": "exceptions.states.CaseState.choices",
        "MappingState": "hub.masterdata.states.MappingState.choices",
        "EntryState": "hub.ledger.states.EntryState.choices",
        "AppointmentStatus": "hub.records.states.AppointmentStatus.choices",
        "EncounterStatus": "hub.records.states.EncounterStatus.choices",
        "ChargeStatus": "hub.records.states.ChargeStatus.choices",
        "ClaimStatus": "hub.records.states.ClaimStatus.choices",
        "PaymentStatus": "hub.records.states.PaymentStatus.choices",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "hub.api.schema.add_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

UNFOLD = {
    "SITE_TITLE": "Throughline",
    "SITE_HEADER": "Throughline",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SIDEBAR": {"show_search": True, "navigation": "hub.governance.sidebar.navigation"},
    # The console's accent, from its tokens.css.
    "COLORS": {
        "primary": {
            "50": "#eef9fb",
            "100": "#dcf1f4",
            "200": "#b5e2e9",
            "300": "#86dbe6",
            "400": "#55c6d6",
            "500": "#2fa5b8",
            "600": "#0a6577",
            "700": "#085b6b",
            "800": "#074b59",
            "900": "#063d48",
            "950": "#04252c",
        },
    },
}

# --- logging ------------------------------------------------------------------------------------------------
LOGGING = logs.configure(as_json=PRODUCTION, level=env.str("HUB_LOG_LEVEL", default="INFO"))
