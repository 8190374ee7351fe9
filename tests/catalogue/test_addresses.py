"""Addresses by name are those that Django makes, only sooner."""

import pytest
from django.urls import NoReverseMatch, reverse
from hypothesis import given
from hypothesis import strategies as st

from catalogue.addresses import address


@given(st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_written_into_an_address_as_django_does(text: str):
    assert address("api:video", text) == reverse("api:video", args=[text])
    two = ["youtube", text]
    assert address("annotations:watch", *two) == reverse("annotations:watch", args=two)


@given(st.integers(min_value=0))
def test_any_number_is_written_into_an_address_as_django_does(number: int):
    assert address("api:claim-revisions", number) == reverse("api:claim-revisions", args=[number])


def test_an_address_without_parts_is_whole():
    assert address("api:videos") == "/api/v1/videos/"


def test_there_is_no_address_without_a_name():
    with pytest.raises(NoReverseMatch):
        address("api:films")
