"""All settings, from the environment. Development needs none; production refuses to guess.

`docs/configuration.md` lists every variable. `SIDENOTE_ENV` is `development`
(the default), `test` or `production`.
"""

import contextlib
import os
import re
import secrets
from datetime import timedelta
from pathlib import Path

import django_stubs_ext
import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import embedded
from config.words import compiling

# Generic base classes of Django and DRF take type parameters at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ENVIRONMENT = env.str("SIDENOTE_ENV", default="development")
if ENVIRONMENT not in {"development", "test", "production"}:
    raise ImproperlyConfigured(
        f"SIDENOTE_ENV is {ENVIRONMENT!r}; it must be development, test or production."
    )
PRODUCTION = ENVIRONMENT == "production"
TESTING = ENVIRONMENT == "test"
DEBUG = env.bool("SIDENOTE_DEBUG", default=False)

# Everything the product writes outside PostgreSQL and Redis.
DATA_DIR = embedded.data_dir(BASE_DIR)


def _required(name: str) -> str:
    """Return a variable that production cannot do without."""
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} must be set in production.")
    return value


def _local_secret() -> str:
    """Return this checkout's own key, made on the first start and kept in the data folder."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        embedded.make_folder(path.parent)
        draft = path.with_name(f"secret_key.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        # Several processes start at once: the first link stays, and is whole.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii")


if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("SIDENOTE_DEBUG must be off in production.")
    SECRET_KEY = _required("SIDENOTE_SECRET_KEY")
    _required("DATABASE_URL")
    _required("REDIS_URL")
    ALLOWED_HOSTS = [host.strip() for host in _required("SIDENOTE_HOSTS").split(",")]
else:
    SECRET_KEY = env.str("SIDENOTE_SECRET_KEY", default="") or _local_secret()
    ALLOWED_HOSTS = env.list(
        "SIDENOTE_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"]
    )

# --- Applications ---------------------------------------------------------------------

INSTALLED_APPS = [
    "annotations",
    "catalogue",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "pgtrigger",
    "pghistory",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.legible.legible",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "catalogue.gallery.at_once",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.preferences.as_preferred",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

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

# --- Database, cache, queue -----------------------------------------------------------

_embedded_database, _embedded_redis = embedded.urls(DATA_DIR)
DATABASES = {
    "default": {
        **env.db_url_config(env.str("DATABASE_URL", default="") or _embedded_database),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="") or _embedded_redis
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "sidenote-test" if TESTING else "sidenote",
    }
}

# Celery names a socket differently from redis-py.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever: Celery itself gives up after a hundred tries (45 minutes), and then needs a hand.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_DEFAULT_QUEUE = "sidenote-test" if TESTING else "sidenote"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A look at one video takes seconds; a task that outlives this hangs and is killed. Its
# leases run out by themselves.
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 270

# Where beat remembers when it last sent what.
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# Seconds between two sweeps for videos that are due.
REFRESH_SWEEP_SECONDS = env.float("SIDENOTE_REFRESH_SWEEP_SECONDS", default=5.0)
# No video is asked about more often, none that answers less often.
REFRESH_SHORTEST_HOURS = env.float("SIDENOTE_REFRESH_SHORTEST_HOURS", default=1.0)
REFRESH_LONGEST_DAYS = env.float("SIDENOTE_REFRESH_LONGEST_DAYS", default=30.0)
if not 0 < REFRESH_SHORTEST_HOURS <= 24 * REFRESH_LONGEST_DAYS:
    raise ImproperlyConfigured(
        "SIDENOTE_REFRESH_SHORTEST_HOURS must be above 0 and within SIDENOTE_REFRESH_LONGEST_DAYS."
    )
# What a key of YouTube's Data API may use in a day, and how many pages are asked in a minute.
YOUTUBE_UNITS_PER_DAY = env.int("SIDENOTE_YOUTUBE_UNITS_PER_DAY", default=10_000)
YTDLP_CALLS_PER_MINUTE = env.int("SIDENOTE_YTDLP_CALLS_PER_MINUTE", default=60)
if YOUTUBE_UNITS_PER_DAY < 0 or YTDLP_CALLS_PER_MINUTE < 0:
    raise ImproperlyConfigured("A budget of calls cannot be negative.")
# Off: nothing outside is asked, and everything else works.
REFRESH_ENABLED = env.bool("SIDENOTE_REFRESH", default=True)
# Seconds between two sweeps for addresses that members want fetched.
FETCH_SWEEP_SECONDS = env.float("SIDENOTE_FETCH_SWEEP_SECONDS", default=3.0)
# Seconds between two sweeps for subscriptions that are due.
FOLLOW_SWEEP_SECONDS = env.float("SIDENOTE_FOLLOW_SWEEP_SECONDS", default=15.0)
# Off: addresses wait, and everything else works.
FETCH_ENABLED = env.bool("SIDENOTE_FETCH", default=REFRESH_ENABLED)
# A record may name any page, so a worker must not be talked into asking the inside of
# its own network. Tests open loopback for their own server.
FETCH_PRIVATE_ADDRESSES = env.bool("SIDENOTE_FETCH_PRIVATE_ADDRESSES", default=False)
FETCH_TIMEOUT_SECONDS = env.float("SIDENOTE_FETCH_TIMEOUT_SECONDS", default=20.0)
# Without a key YouTube's pages are looked at, like all others.
YOUTUBE_API_KEY = env.str("SIDENOTE_YOUTUBE_API_KEY", default="").strip()
if YOUTUBE_API_KEY and not re.fullmatch("[!-~]{1,200}", YOUTUBE_API_KEY):
    raise ImproperlyConfigured("SIDENOTE_YOUTUBE_API_KEY is no line of letters and digits.")
YOUTUBE_API_URL = (
    env.str("SIDENOTE_YOUTUBE_API_URL", default="") or "https://www.googleapis.com/youtube/v3"
)
# Where the address leads, the key goes.
if PRODUCTION and not YOUTUBE_API_URL.startswith("https://"):
    raise ImproperlyConfigured("SIDENOTE_YOUTUBE_API_URL must begin with https:// in production.")

# Prometheus asks with it; without one there are no metrics.
METRICS_TOKEN = env.str("SIDENOTE_METRICS_TOKEN", default="").strip()

# Where browsers hear at once what happens on a page: a port of the same host, or an address
# that a proxy leads to the live service. With neither, pages ask every now and then.
LIVE_PORT = env.int("SIDENOTE_LIVE_PORT", default=0)
LIVE_URL = env.str("SIDENOTE_LIVE_URL", default="").rstrip("/")
# How many pages one live process answers at once; it needs an open file for each.
LIVE_LISTENERS_MAX = env.int("SIDENOTE_LIVE_LISTENERS", default=5000)
# How long a comment can be changed by its author: afterwards people have answered it.
COMMENT_EDIT_MINUTES = env.float("SIDENOTE_COMMENT_EDIT_MINUTES", default=15.0)
if COMMENT_EDIT_MINUTES < 0:
    raise ImproperlyConfigured("SIDENOTE_COMMENT_EDIT_MINUTES cannot be negative.")

# Seconds between two sweeps for watched phrases, and between two letters about them.
WATCH_SWEEP_SECONDS = env.float("SIDENOTE_WATCH_SWEEP_SECONDS", default=10.0)
DIGEST_SWEEP_SECONDS = env.float("SIDENOTE_DIGEST_SWEEP_SECONDS", default=900.0)

# Off: no source that evidence cites is asked, and everything else works.
LINK_CHECKS_ENABLED = env.bool("SIDENOTE_LINK_CHECKS", default=REFRESH_ENABLED and not TESTING)
# Seconds between two sweeps for links that are due.
LINK_SWEEP_SECONDS = env.float("SIDENOTE_LINK_SWEEP_SECONDS", default=15.0)

# Off: no picture is fetched, and films have generated art; what was fetched is still shown.
POSTERS_ENABLED = env.bool("SIDENOTE_POSTERS", default=REFRESH_ENABLED and not TESTING)
# Seconds between two sweeps for posters that are due.
POSTER_SWEEP_SECONDS = env.float("SIDENOTE_POSTER_SWEEP_SECONDS", default=15.0)

# What is sent how often (seconds). A sweep that could not start in time is dropped; its rows are
# still due.
_SWEEPS: dict[str, tuple[str, float]] = {
    "refresh-due-videos": ("catalogue.tasks.refresh_due", REFRESH_SWEEP_SECONDS),
    "find-loads": ("catalogue.tasks.find_loads", 3600.0),
    "keep-samples": ("catalogue.tasks.keep_samples", 3600.0),
    "count-gained": ("catalogue.tasks.count_gained", 900.0),
    "renew-keywords": ("catalogue.tasks.renew_keywords", 60.0),
    "fetch-due-addresses": ("catalogue.tasks.fetch_due", FETCH_SWEEP_SECONDS),
    "look-at-subscriptions": ("catalogue.tasks.follow_due", FOLLOW_SWEEP_SECONDS),
    "find-watched-phrases": ("catalogue.tasks.find_phrases", WATCH_SWEEP_SECONDS),
    "send-digests": ("catalogue.tasks.send_digests", DIGEST_SWEEP_SECONDS),
    "fetch-due-posters": ("catalogue.tasks.fetch_posters", POSTER_SWEEP_SECONDS),
    "check-due-links": ("annotations.tasks.check_links", LINK_SWEEP_SECONDS),
    "settle-verdicts": ("annotations.tasks.settle_verdicts", 60.0),
    "count-discussed": ("annotations.tasks.count_discussed", 60.0),
    "check-anchors": ("annotations.tasks.check_anchors", 60.0),
}
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": every, "options": {"expires": max(every, 1.0)}}
    for name, (task, every) in _SWEEPS.items()
} | {
    "sweep-files-of-posters": {
        "task": "catalogue.tasks.sweep_posters",
        "schedule": crontab(minute="20"),
        "options": {"expires": 3000.0},
    },
    "score-bridging": {
        "task": "annotations.tasks.score_bridging",
        "schedule": crontab(hour="2", minute="40"),
        "options": {"expires": 3600.0},
    },
}

# --- Members --------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    _email = env.email_url("EMAIL_URL")
    vars().update(_email)
elif TESTING:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
else:
    # No mail server: letters are written where the operator can read them.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
# A mail server that says nothing must not hold a worker.
EMAIL_TIMEOUT = 20
# How the site is reached, for letters: those know of no request.
SITE_URL = env.str("SIDENOTE_URL", default="").rstrip("/") or (
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if PRODUCTION
    else f"http://127.0.0.1:{env.str('PORT', default='8000')}"
)
DEFAULT_FROM_EMAIL = env.str("SIDENOTE_FROM_EMAIL", default="Sidenote <sidenote@localhost>")

LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_USERNAME_BLACKLIST = ["admin", "administrator", "moderator", "root", "sidenote", "staff"]
# Without a mail server nobody could ever confirm an address.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# How long a password given once opens what is asked for again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.entrance.SignInForm",
    "signup": "accounts.entrance.SignUpForm",
    "add_email": "accounts.entrance.AddAddressForm",
    "change_password": "accounts.entrance.NewPasswordForm",
    "set_password": "accounts.entrance.FirstPasswordForm",
    "reset_password": "accounts.entrance.ForgottenForm",
    "reset_password_from_key": "accounts.entrance.FromLetterForm",
    "reauthenticate": "accounts.entrance.AgainForm",
}
# Security keys would need a script of allauth's with data inside the page.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Without a mail server nobody could ever confirm an address.
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_URL
# Clocks of phones are off, and who types takes time: the code before and after are good, too.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Sidenote"
MFA_ADAPTER = "accounts.adapters.SecondStepAdapter"
MFA_FORMS = {
    "authenticate": "accounts.entrance.CodeForm",
    "reauthenticate": "accounts.entrance.CodeAgainForm",
    "activate_totp": "accounts.entrance.FirstCodeForm",
}
if TESTING:
    ACCOUNT_RATE_LIMITS = False

KNOX_TOKEN_MODEL = "accounts.ApiToken"
# The token table is ours; knox's own migrations would make a second one that nothing uses.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "TOKEN_PREFIX": "sn_"}

# --- REST -----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.ReadOrToken"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["catalogue.rest.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.exception_handler",
    # Accept says it; a parameter named "format" is as unknown as any other, but where there is
    # a choice (catalogue/rest/formats.py).
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sidenote",
    "DESCRIPTION": "A community catalogue of documentaries and of the claims made in them.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "Backing": "annotations.models.Backing",
        "ClaimKind": "annotations.models.Kind",
        "FetchKind": "catalogue.models.fetches.FetchKind",
        "LinkState": "annotations.models.LinkState",
        "MergedThing": "annotations.merge_serializers.THINGS",
        "Thing": "annotations.models.Thing",
        "SourceKind": "annotations.models.SourceKind",
        "FlagKind": "annotations.models.FlagKind",
        "StoredOutcome": "catalogue.serializers.STORED_OUTCOMES",
        "TranscriptKind": "catalogue.models.transcripts.TranscriptKind",
        "VerdictState": "annotations.models.VerdictState",
    },
}

# --- Pages ----------------------------------------------------------------------------

LANGUAGE_CODE = "en"
# Each but English has a catalogue of words in locale/; docs/translating.md.
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Here, so that no way to start the product or its tests can forget it.
compiling.compile_changed(LOCALE_PATHS[0])
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.bundles.Finder",
]
# Development serves straight from the source folders: there is no build step to forget.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
WHITENOISE_MIMETYPES = {".vtt": "text/vtt", ".webm": "video/webm", ".woff2": "font/woff2"}
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "media"},
    },
    "staticfiles": {
        "BACKEND": (
            "config.staticfiles.Storage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The player of YouTube, only after a click on the poster.
        "frame-src": ["https://www.youtube-nocookie.com"],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# YouTube refuses an embedded player that sends no Referer (its error 153).
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = env.list("SIDENOTE_TRUSTED_ORIGINS", default=[])

if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SIDENOTE_HTTPS_REDIRECT", default=True)
    # The container's own health check speaks plain HTTP from inside, and so may Prometheus.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    if env.bool("SIDENOTE_BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # All come from the proxy's address: one who guesses would lock everyone out.
        ALLAUTH_TRUSTED_PROXY_COUNT = 1

# --- History --------------------------------------------------------------------------

# Who changed what is evidence: the log can be added to, and nothing else.
PGHISTORY_APPEND_ONLY = True
# The moment of the change itself: several in one transaction keep their order.
PGHISTORY_CREATED_AT_FUNCTION = "CLOCK_TIMESTAMP()"

# --- Logging --------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.str("SIDENOTE_LOG_LEVEL", default="INFO"),
    },
    # A sweep every few seconds is no news; what it found is, and the task says that.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace")
    },
}
