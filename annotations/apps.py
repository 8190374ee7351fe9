"""The annotations application."""

from django.apps import AppConfig


class AnnotationsConfig(AppConfig):
    """Claims, pinned to the second they are about."""

    name = "annotations"

    def ready(self) -> None:
        """Let films be found by the claims made in them, and let who signs out be gone."""
        from django.contrib.auth.signals import user_logged_out

        from annotations import film_search, presence
        from catalogue import additions

        additions.add(film_search.CLAIMS)
        user_logged_out.connect(presence.on_sign_out)
