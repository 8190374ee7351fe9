"""The catalogue application."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Records in, counts kept alive, films found."""

    name = "catalogue"
