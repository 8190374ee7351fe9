"""Static files of production: hashed names, compressed, ES modules' imports included."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_MODULE_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]  # noqa: SLF001


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hash the imports inside our own modules too, and only there.

    Django's switch for it covers every application's files and stops at a comment in one
    of them. The name of the pattern is Django's own private one; a test holds it.
    """

    patterns = (
        *HashedFilesMixin.patterns,
        ("js/*.js", _MODULE_IMPORTS),
    )
