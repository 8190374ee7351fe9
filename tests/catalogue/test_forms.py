"""What forms of the catalogue say."""

import pytest
from django.utils import translation

from catalogue.forms import AddressForm, UploadForm


@pytest.mark.parametrize(
    ("language", "files", "addresses"),
    [
        ("en", "up to 50 files, 10 MB in all", "up to 20 addresses, one a line"),
        ("fr", "50 fichiers, 10\u00a0Mo en tout", "20 adresses, une par ligne"),
        ("ar", "50 ملفًا بحجم إجمالي لا يتجاوز 10\u00a0م.ب", "حتى 20 رابطًا"),
    ],
)
def test_limits_are_told_in_the_language_of_the_reader(language: str, files: str, addresses: str):
    with translation.override(language):
        assert files in str(UploadForm().fields["records"].help_text)
        assert addresses in str(AddressForm().fields["addresses"].help_text)
