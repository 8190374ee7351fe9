"""The annotations application."""

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    """Claims, pinned to the second they are about."""

    name = "annotations"

    def ready(self) -> None:
        """Let films be found by the claims made in them."""
        from annotations import film_search
        from catalogue import additions

        additions.add(film_search.CLAIMS)
