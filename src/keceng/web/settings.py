"""Django's settings of the workbench: the desk's, and what pages need."""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF

from keceng.desk.settings import *  # noqa: F403  the desk's settings are the base
from keceng.desk.settings import INSTALLED_APPS as DESK_APPS

_HERE = Path(__file__).parent
SCREENS = (
    "frame",
    "setup",
    "signin",
    "overview",
    "customers",
    "customer",
    "reviews",
    "my_day",
    "reveal",
    "handover",
    "data",
    "settings_page",
    "standards",
    "strategy",
    "groups",
    "imports",
    "runs",
)
"""Each is a folder with its own templates; the order is the order in which templates are looked up."""

INSTALLED_APPS = [
    *DESK_APPS,
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "keceng.web.frame",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "keceng.api.middleware.ApiMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "keceng.web.frame.middleware.RefusalMiddleware",
    "keceng.web.frame.middleware.GateMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "keceng.web.signin.views.locked_out"
AXES_VERBOSE = False

ROOT_URLCONF = "keceng.web.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / screen / "templates" for screen in SCREENS],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "keceng.web.frame.context.frame",
            ],
            "builtins": ["keceng.web.frame.templatetags.words", "django.templatetags.static"],
        },
    }
]
STATIC_URL = "static/"
STATICFILES_DIRS = [_HERE / "static"]
WHITENOISE_USE_FINDERS = True

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_CODE = "zh-hans"
LOGIN_URL = "signin"
LOGIN_REDIRECT_URL = "overview"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
ALLOWED_HOSTS = os.environ.get("KECENG_HOSTS", "127.0.0.1,localhost,testserver").split(",")
BEHIND_TLS = os.environ.get("KECENG_HTTPS") == "1"
"""Whether people reach the workbench by HTTPS alone, through a proxy on this machine."""
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS else 0
SECURE_SSL_REDIRECT = BEHIND_TLS
DEBUG = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"fault": {"()": "keceng.web.faults.FaultFormatter", "format": "%(asctime)s %(message)s"}},
    "handlers": {"faults": {"class": "logging.StreamHandler", "formatter": "fault", "level": "ERROR"}},
    "loggers": {"django.request": {"handlers": ["faults"], "propagate": False}},
}
"""What fails inside is told on standard error; what people do is told nowhere but in the audit."""

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
    }
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
