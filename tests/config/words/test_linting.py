"""What cannot be translated is found, and nothing else is."""

from pathlib import Path

import pytest
from django.conf import settings

from config.words import linting


def test_nothing_is_said_on_a_page_that_cannot_be_translated():
    assert list(linting.findings(Path(settings.BASE_DIR))) == []


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>All films</p>", "All films"),
        ('<a aria-label="Next page"></a>', "Next page"),
        ('<img alt="{{ x }} in the rain">', "… in the rain"),
        ('<meta name="description" content="A catalogue">', "A catalogue"),
        ('<input type="submit" value="Send">', "Send"),
        ("<b>{{ n }}</b> view{{ n|pluralize }}", "view"),
        ("{{ x|default:'No title' }}", "No title"),
        ('{% include "_x.html" with label="All of it" %}', "All of it"),
        ("{% block title %}Films · Sidenote{% endblock %}", "Films · Sidenote"),
        ("{% blocktranslate %}this{% endblocktranslate %} that", "that"),
        ("<b>{{ thing }}: {{ name }}</b>", ":"),
        ("<b>{{ thing }}</b>: {{ name }}", ":"),
    ],
)
def test_words_outside_translate_tags_are_found(template: str, words: str):
    assert words in [found for _line, found in linting.of_template(template)]


@pytest.mark.parametrize(
    "template",
    [
        '<p class="row wide">{% translate "All films" %} · Sidenote</p>',
        "{% blocktranslate trimmed with a=b %}All {{ a }}{% endblocktranslate %}",
        "{% comment %}To be said{% endcomment %}{# as is #}<!-- this -->",
        '<code>Authorization: Token</code><input name="query" value="{{ q }}">',
        '<a href="{% url "catalogue:index" %}" data-kind="some words">{{ x|date:"j F Y" }}</a>',
        '{% include "_x.html" with label=_("All of it") %}{{ x|default:_("No title") }}',
        "{{ n }} × 3 — %",
    ],
)
def test_what_is_translated_or_no_word_is_left_alone(template: str):
    assert list(linting.of_template(template)) == []


def test_the_line_is_told():
    template = "{% load i18n %}\n{% blocktranslate %}\na\n{% endblocktranslate %}\n<p>\nHere</p>"
    assert [line for line, _words in linting.of_template(template)] == [5]


@pytest.mark.parametrize(
    "code",
    [
        'raise ValidationError("Too long.")',
        'raise ValidationError({"name": "Too long."})',
        'raise PermissionDenied(f"Not {you} there.")',
        'messages.success(request, "Saved it.")',
        'CharField(label="Your name")',
        'class Kind(models.TextChoices):\n    A = "a", "Word of it"',
        # Lazy words that get a value while the module is read are English for ever.
        (
            "from django.utils.translation import gettext_lazy as _\n"
            'class Form:\n    size = Field(help_text=_("Up to %(n)d files") % {"n": 3})'
        ),
    ],
)
def test_plain_literals_for_people_are_found_in_code(code: str):
    assert len(list(linting.of_code(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'raise ValidationError(_("Too long."))',
        'raise ValidationError(_("%(n)s too many") % {"n": 1})',
        'logger.info("Done so far")',
        'CharField(label=_("Your name"))',
        'class Kind(models.TextChoices):\n    A = "a", _("Word")',
        'raise RuntimeError("a fault of ours")',
        (
            "from django.utils.translation import gettext_lazy as _\n"
            'def size():\n    return _("Up to %(n)d files") % {"n": 3}'
        ),
    ],
)
def test_what_is_translated_or_for_nobody_is_left_alone_in_code(code: str):
    assert list(linting.of_code(code)) == []


def test_what_describes_the_rest_interface_may_be_english_alone():
    code = 'CharField(help_text="Of the video.")\nraise ValidationError("Too long.")'
    assert len(list(linting.of_code(code))) == 2
    assert len(list(linting.of_code(code, is_for_programs=True))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'raise RecordError(source, "no title in it")',
        'raise FieldError("title", f"{n} characters are too many")',
        'reason = f"{n} are too many"\nraise RecordError(source, reason, 1)',
        '_GONE = "it is gone"\nfailure = Failure(FailureKind.GONE, _GONE)',
        'yield place.error("this is no video" if x else said("so it is"), document)',
        'unused.add(told or "it has no text", 3)',
        'def _why(x):\n    return "it is broken"',
        'said(f"{n} are too many")',
        'def fault(x):\n    return "it is bad"\nFieldError("x", fault(1))',
        'def fault(x):\n    return "it is bad"\nif y := fault(1):\n    FieldError("x", y)',
        'RecordError(source, reason="no title in it")',
    ],
)
def test_reasons_that_are_stored_and_that_nobody_can_retell_are_found(code: str):
    assert len(list(linting.of_reasons(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'raise RecordError(source, said("no title in it"))',
        'reason = said("{n:d} are too many", n=n)\nraise FieldError("n", reason)',
        "raise RecordError(source, error.reason)",
        'Failure(FailureKind.MALFORMED, f"{type(error).__name__}: {error}")',
        'logger.error("it is broken")',
        'raise ValueError("a fault of ours")',
    ],
)
def test_reasons_that_are_said_or_come_from_outside_are_left_alone(code: str):
    assert list(linting.of_reasons(code)) == []


def test_what_a_parser_raises_for_a_value_is_a_reason():
    assert len(list(linting.of_reasons('raise ValueError("not a date")', is_parser=True))) == 1
