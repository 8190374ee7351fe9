"""The annotations application."""

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    """Claims, pinned to the second they are about."""

    name = "annotations"
