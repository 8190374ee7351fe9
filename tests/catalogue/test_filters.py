"""How filters of lists are read."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from catalogue import filters
from catalogue.models import Video

READERS = {"q": filters.text, "n": filters.number, "on": filters.day, "is": filters.one_of("ab")}


def read(text: str) -> dict[str, Any]:
    """Return the values of a query string; `n` may be repeated."""
    return filters.read(QueryDict(text), READERS, repeatable={"n"})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("q=+&n=&other=1", {}),
        ("q=+a+b+", {"q": "a b"}),
        ("q=" + "a" * filters.TEXT_MAX, {"q": "a" * filters.TEXT_MAX}),
        ("q=a&q=a", {"q": "a"}),
        ("n=1&n=02&n=1", {"n": (1, 2)}),
        ("on=2021-07-30&is=b", {"on": date(2021, 7, 30), "is": "b"}),
    ],
)
def test_values_are_read_by_name(text: str, values: dict[str, Any]):
    assert read(text) == values


def test_the_longest_key_of_a_video_can_be_asked_for():
    names = (Video._meta.get_field("platform"), Video._meta.get_field("platform_id"))
    assert sum(name.max_length or 0 for name in names) + len(":") <= filters.TEXT_MAX


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("q=a&q=b", "repeated"),
        ("&".join(f"n={number}" for number in range(filters.VALUES_MAX + 1)), "repeated"),
        ("q=" + "a" * (filters.TEXT_MAX + 1), "invalid"),
        ("q=a%00", "invalid"),
        ("n=-1", "invalid"),
        ("n=" + "9" * 19, "invalid"),
        ("n=%D9%A3", "invalid"),
        ("on=30.07.2021", "invalid"),
        ("is=c", "invalid"),
    ],
)
def test_what_cannot_be_is_refused_by_name(text: str, code: str):
    with pytest.raises(ValidationError) as refusal:
        read(text)
    assert [(name, one.code) for name, (one,) in refusal.value.error_dict.items()] == [
        (text[: text.index("=")], code)
    ]


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ValidationError) as refusal:
        read("n=x&on=never&q=fine")
    assert sorted(refusal.value.message_dict) == ["n", "on"]
