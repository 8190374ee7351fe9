"""The live service's entry point: nothing but server-sent events."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from annotations.live_server import Live  # noqa: E402 (needs the settings)

application = Live()
