"""Django settings, fed from the environment through `env.py`; nothing else is configured anywhere."""

import os
import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from backend.config.env import BASE_DIR, value
from backend.config.logging import configure_logging

# Before numpy is read in. A server answers several requests at once: threads that share one product wait for each other,
# and the largest of ours takes ten times as long on two busy processors.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TESTING = "pytest" in sys.modules
DEBUG = value("DEBUG")
PRODUCTION = value("PRODUCTION")
DATA_DIR = Path(value("DATA_DIR")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The configured key, or in development one that is made once and kept in DATA_DIR."""
    configured = value("SECRET_KEY")
    if configured:
        return configured
    if PRODUCTION:
        raise ImproperlyConfigured("SECRET_KEY is empty: production needs one of at least 50 characters.")
    kept = DATA_DIR / "secret_key"
    if not kept.exists():
        import secrets

        kept.write_text(secrets.token_urlsafe(64))
        kept.chmod(0o600)
    return kept.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = value("ALLOWED_HOSTS")
PUBLIC_URL = value("PUBLIC_URL").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # Before allauth: its pages are drawn with our templates.
    "backend.accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "django_prometheus",
    "rules",
    "backend.common",
    "backend.api",
    "backend.web",
    "backend.audit",
    "backend.notifications",
    "backend.schools",
    "backend.companies",
    "backend.students",
    "backend.wording",
    "backend.positions",
    "backend.searches",
    "backend.applications",
    "backend.recommendations",
    "fairs",
    "backend.insights",
    "backend.demo",
    "search",
    "backend.config",
    "django.forms",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "backend.common.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "backend.web.middleware.StaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "backend.accounts.middleware.ActorMiddleware",
    "backend.web.middleware.DomainErrorMiddleware",
    "backend.accounts.middleware.AttemptLimitMiddleware",
    "backend.accounts.middleware.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "backend.config.urls"
ASGI_APPLICATION = "backend.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backend.web.context.page",
            ],
            "builtins": ["backend.web.templatetags.web", "django.templatetags.i18n"],
        },
    }
]


def _database() -> dict:
    """PostgreSQL from DATABASE_URL, or SQLite in DATA_DIR with the pragmas that make it safe (rule 11)."""
    url = value("DATABASE_URL")
    if url:
        return environ.Env.db_url_config(url) | {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 60}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "fairway.sqlite3",
        # A file: the shared in-memory database of the tests ignores busy_timeout, so races could not be run on it.
        "TEST": {"NAME": DATA_DIR / f"test-{os.getpid()}.sqlite3"},
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                f"PRAGMA synchronous={value('SQLITE_SYNCHRONOUS')};"
            ),
        },
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = value("REDIS_URL")
ELASTICSEARCH_URL = value("ELASTICSEARCH_URL")
ELASTICSEARCH_API_KEY = value("ELASTICSEARCH_API_KEY")
ELASTICSEARCH_CA_CERTS = value("ELASTICSEARCH_CA_CERTS")
ELASTICSEARCH_TIMEOUT_MS = value("ELASTICSEARCH_TIMEOUT_MS")
SEARCH_INDEX_PREFIX = value("SEARCH_INDEX_PREFIX")
SEARCH_SEMANTICS = value("SEARCH_SEMANTICS")
SEARCH_DIR = DATA_DIR / "index"
MODELS_DIR = DATA_DIR / "models"

if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            # redis-py 8 defaults to 100 connections and 5 s time-outs, which break the layer (trap 6).
            "CONFIG": {"hosts": [{"address": REDIS_URL, "max_connections": 8000, "socket_timeout": None}]},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# People -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["backend.accounts.hashers.SchoolArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "backend.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_PREVENT_ENUMERATION = True
# Counted in the database instead (backend.accounts.limits): the cache loses counts under concurrent requests.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "backend.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "backend.accounts.interfaces.second_factor.SignInForm",
    "reauthenticate": "backend.accounts.interfaces.second_factor.ConfirmForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Fairway"
REQUIRE_SECOND_FACTOR = PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False
# Our own counters (accounts.limits) stand before allauth's sign-in alone. axes stands behind every way to ask for a
# password, the admin site's too, and keeps the list of failures that the operator reads there.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# allauth passes the address as "email"; without this every failure of a campus would count as one person's.
AXES_USERNAME_CALLABLE = "backend.accounts.limits.attempted_address"
AXES_SENSITIVE_PARAMETERS = []
AXES_VERBOSE = False
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "backend.web.views.csrf_failure"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS

# Language and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
# Named here, our catalogues come before those of Django and allauth, which say other things by the same English words.
LOCALE_PATHS = [*sorted(BASE_DIR.glob("backend/*/locale")), BASE_DIR / "fairs/locale"]
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]  # each in its own words
USE_I18N = USE_TZ = True
TIME_ZONE = value("TIME_ZONE")

# Pages --------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or TESTING
            else "backend.web.storage.HashedStorage"
        )
    },
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "woff", "woff2", "gz", "ico")
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING
UPLOAD_MAX_BYTES = value("UPLOAD_MAX_MB") * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES + 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if value("TRUST_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = ALLAUTH_TRUSTED_PROXY_COUNT = 1

# API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "backend.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["backend.api.permissions.Declared"],
    "DEFAULT_RENDERER_CLASSES": ["backend.api.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "backend.api.pagination.CursorPage",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["backend.api.throttling.PersonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"person": "600/min", "anonymous": "120/min"},
    "EXCEPTION_HANDLER": "backend.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fairway",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Enumerations stay inline: many nouns have a "status", and invented component names would change with each.
    "POSTPROCESSING_HOOKS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "DISABLE_ERRORS_AND_WARNINGS": False,
}

# Mail, logs, work ---------------------------------------------------------------------------------------------

vars().update(environ.Env.email_url_config(value("EMAIL_URL")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = value("DEFAULT_FROM_EMAIL")
RUN_WORKER_INLINE = value("RUN_WORKER_INLINE")
DEMO_BOTS = value("DEMO_BOTS")
DEMO_MODE = value("DEMO_MODE")
METRICS_TOKEN = value("METRICS_TOKEN")
TURN_URLS = value("TURN_URLS")
TURN_SECRET = value("TURN_SECRET")
# An e-mail address is unique in lower case, by a constraint (auth.W004 only knows `unique=True`).
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGGING_CONFIG = None
configure_logging(value("LOG_FORMAT"), value("LOG_LEVEL"))
os.environ.setdefault("DJANGO_RUNSERVER_HIDE_WARNING", "true")
