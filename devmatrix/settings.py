"""One settings file, driven by the environment; the defaults run the small set-up on SQLite.

Every variable that changes behaviour is read here and listed in README.md.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool) -> bool:
    """Read a yes/no variable; anything but the usual spellings is an error."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "1", "0", "true", "false", "yes", "no", "on", "off"}:
        return default if value == "" else value in {"1", "true", "yes", "on"}
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no; write 1 or 0.")


def env_number(name: str, default: float) -> float:
    """Read a number; anything else is an error that names the variable."""
    value = os.environ.get(name, "").strip()
    try:
        return float(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a number.") from error


def env_share(name: str, default: float) -> float:
    """Read a number from 0 to 1; anything else is an error that names the variable."""
    number = env_number(name, default)
    if not 0 <= number <= 1:
        raise ImproperlyConfigured(f"{name}={number:g} is not between 0 and 1.")
    return number


def env_choice(name: str, *choices: str) -> str:
    """Read one of some words, by default the first; anything else is an error that names them."""
    value = os.environ.get(name, "").strip().lower() or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(choices)}.")
    return value


VAR_DIR = Path(os.environ.get("DEVMATRIX_VAR", BASE_DIR / "var"))


def local_secret_key(path: Path) -> str:
    """Return a development installation's key, made once and readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # written aside, so that neither a full disk nor another process leaves half a key
        with NamedTemporaryFile("w", dir=path.parent) as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text().strip()


DEBUG = env_bool("DEVMATRIX_DEBUG", False)
SECRET_KEY = os.environ.get("DEVMATRIX_SECRET_KEY") or local_secret_key(VAR_DIR / "secret_key")
ALLOWED_HOSTS = os.environ.get("DEVMATRIX_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("DEVMATRIX_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "django_prometheus",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "devmatrix.accounts",
    "devmatrix.operations",
    "devmatrix.masterplans",
    "atomization",
    "dependencies",
    "validation",
    "execution",
    "review",
    "devmatrix.pipeline",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "devmatrix.urls"
WSGI_APPLICATION = "devmatrix.wsgi.application"

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
                "csp.context_processors.nonce",
            ],
        },
    },
]


def databases() -> dict[str, Any]:
    """Return DATABASES: `DATABASE_URL`, or SQLite in WAL mode with immediate transactions."""
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'db.sqlite3'}"
    config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600))
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
        # a file, not memory: the engine's own database thread is a second connection
        config["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    config["CONN_HEALTH_CHECKS"] = True
    return {"default": config}


DATABASES = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "projects"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# No page of ours loads anything from elsewhere or carries inline script or style.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
_ = NONCE  # the API documentation page adds a nonce to its own policy, see devmatrix.urls

HTTPS = env_bool("DEVMATRIX_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    # The first one names the challenge, and with it decides that strangers get 401 rather than 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.BasicAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["devmatrix.api_parsers.GuardedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "devmatrix.api_pagination.BoundedPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "devmatrix.api_errors.handle",
    # Bytes that are not UTF-8 are lone surrogates in a text; only escapes can carry those in JSON.
    "UNICODE_JSON": False,
}
# A megabyte of source code may grow threefold as JSON, each character written as an escape.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000

SPECTACULAR_SETTINGS = {
    "TITLE": "DevMatrix MGE V2",
    "DESCRIPTION": "Atoms, graphs, waves, validation, execution and review of repositories.",
    "VERSION": "2.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Sets of choices that several things call alike have names of their own in the schema.
    "ENUM_NAME_OVERRIDES": {
        "MasterPlanStatus": "devmatrix.masterplans.models.MasterPlan.Status",
        "CriterionStatus": "devmatrix.masterplans.models.AcceptanceCriterion.Status",
        "AtomStatus": "atomization.models.AtomicUnit.Status",
        "AtomKind": "atomization.api.KINDS",
        "EdgeKind": "dependencies.api.KINDS",
        "StaleKind": "dependencies.api.STALE",
        "AtomChangeKind": "dependencies.api.CHANGES",
        "ImpactChange": "dependencies.api.EFFECTS",
        "BoundaryKind": "dependencies.api.BOUNDARIES",
        "WaveStatus": "dependencies.models.ExecutionWave.Status",
        "ReviewStatus": "review.models.HumanReviewQueue.Status",
        "ReviewReason": "review.models.HumanReviewQueue.Reason",
        "ValidationLevel": "validation.models.ValidationResult.Level",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# The queue is a doorbell: it carries ids, the truth is in rows. One message at a time per worker,
# never redelivered while a drain can still be running, and failed messages acknowledged.
REDIS_URL = os.environ.get("REDIS_URL", "")
Q_CLUSTER: dict[str, Any] = {
    "name": "devmatrix",
    "workers": int(env_number("DEVMATRIX_WORKERS", 2)),
    "timeout": 3600,
    "retry": 3700,
    "queue_limit": 1,
    "poll": 0.2,
    "ack_failures": True,
    "max_attempts": 1,
    "catch_up": False,
    "save_limit": 1000,
    "label": "Background work",
}
if REDIS_URL:
    Q_CLUSTER["redis"] = REDIS_URL
else:
    Q_CLUSTER["orm"] = "default"

# The model. With neither key nor address nothing is generated; `make demo` starts a replay.
DEVMATRIX: dict[str, Any] = {
    "ANTHROPIC_API_KEY": os.environ.get("ANTHROPIC_API_KEY", ""),
    "ANTHROPIC_BASE_URL": os.environ.get("ANTHROPIC_BASE_URL", ""),
    "MODEL": os.environ.get("DEVMATRIX_MODEL", "claude-sonnet-5-5"),
    "PRICES": os.environ.get("DEVMATRIX_PRICES", ""),
    "STRONGER_MODEL": os.environ.get("DEVMATRIX_STRONGER_MODEL", ""),
    "REPLAYED": env_bool("DEVMATRIX_REPLAYED", False),
    "IN_FLIGHT": int(env_number("DEVMATRIX_IN_FLIGHT", 100)),
    "VALIDATION_WORKERS": int(env_number("DEVMATRIX_VALIDATION_WORKERS", os.cpu_count() or 2)),
    "LEASE_SECONDS": env_number("DEVMATRIX_LEASE_SECONDS", 30),
    "MAX_ATTEMPTS": 3,
    "REVIEW_SHARE": env_number("DEVMATRIX_REVIEW_SHARE", 0.20),
    "MIN_EDGE_CONFIDENCE": env_share("DEVMATRIX_MIN_EDGE_CONFIDENCE", 0.5),
    "GRAPH_ENGINE": env_choice("DEVMATRIX_GRAPH_ENGINE", "arrays", "rustworkx", "networkx"),
    "MAX_SPEC_BYTES": 1_000_000,
    "TYPES": Path(os.environ.get("DEVMATRIX_TYPES", VAR_DIR / "types")),
    "WORKSPACES": Path(os.environ.get("DEVMATRIX_WORKSPACES", VAR_DIR / "workspaces")),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("DEVMATRIX_LOG", "WARNING").upper()},
}
