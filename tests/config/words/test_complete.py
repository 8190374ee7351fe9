"""Every language says everything."""

from pathlib import Path

import pytest
from django.conf import settings

from config.words import catalogues, extracting

LOCALE = Path(settings.BASE_DIR) / "locale"


@pytest.mark.parametrize("language", catalogues.languages(LOCALE))
def test_every_word_is_translated_and_none_is_left_over(language: str):
    words = extracting.found_in(Path(settings.BASE_DIR))
    catalogue = catalogues.read(catalogues.path_of(LOCALE, language))
    assert list(catalogues.complaints(catalogue, words)) == []
