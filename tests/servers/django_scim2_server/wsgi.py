"""Creates the tables, then answers."""

from __future__ import annotations

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections

application = get_wsgi_application()
call_command("migrate", run_syncdb=True, verbosity=0)
# The worker is forked from here; SQLite connections must not be carried over.
connections.close_all()
