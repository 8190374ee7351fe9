"""Forms of a message that a script fills the number in."""

import pytest
from babel import Locale
from django.conf import settings
from django.template import Context, Template
from django.utils import translation
from django.utils.translation import ngettext

from catalogue.templatetags.plurals import plural_samples

NUMBERS = [*range(300), 1000, 1_000_000]


@pytest.mark.parametrize("language", dict(settings.LANGUAGES))
def test_a_browser_finds_the_form_that_we_would_choose(language: str):
    rule = Locale.parse(language).plural_form
    one, many = "{n} person is here now", "{n} people are here now"
    with translation.override(language):
        samples = plural_samples()
        assert {"one", "other"} <= set(samples)
        for number in NUMBERS:
            assert ngettext(one, many, samples[rule(number)]) == ngettext(one, many, number)


def test_a_template_writes_all_forms_of_a_language():
    words = (
        "{% blocktranslate count n=n %}{n} person is here now"
        "{% plural %}{n} people are here now{% endblocktranslate %}"
    )
    template = Template(
        "{% load i18n plurals %}{% plural_samples as samples %}"
        "{% for form, n in samples.items %}" + words + ";{% endfor %}"
    )
    with translation.override("ar"):
        told = template.render(Context()).split(";")
    assert {"شخصان هنا الآن", "{n} أشخاص هنا الآن", "{n} شخصًا هنا الآن"} < set(told)
