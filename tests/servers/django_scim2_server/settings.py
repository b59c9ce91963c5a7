"""django-scim2 as it comes: its default adapters over a user and a group model, SQLite, one bearer token.

Environment: DATABASE (a file), TOKEN.
"""

from __future__ import annotations

import os

DEBUG = False
SECRET_KEY = "of no use here"
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["people"]
MIDDLEWARE = ["people.bearer.BearerMiddleware"]
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["DATABASE"],
        "OPTIONS": {"init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"},
    }
}
LOGGING_CONFIG = None
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "127.0.0.1",
    "GROUP_MODEL": "people.models.Group",
    "BASE_LOCATION_GETTER": "people.bearer.base_location",
    "AUTHENTICATION_SCHEMES": [
        {"type": "oauthbearertoken", "name": "Bearer", "description": "One token from the environment"}
    ],
}
