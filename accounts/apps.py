"""The accounts application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Members and tokens."""

    name = "accounts"
