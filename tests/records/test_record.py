import contextlib
import pickle
from collections.abc import Iterator

import pytest

from catalogue.records import Counts, RecordError


def make_error(**changes: object) -> RecordError:
    values: dict[str, object] = {
        "source": "a.md",
        "reason": "there is no title",
        "line": 3,
        "field": "title",
        "raw": b"---",
    }
    return RecordError(**(values | changes))  # type: ignore[arg-type]


def test_refusal_reads_as_place_field_and_reason():
    assert str(make_error()) == "a.md:3: title: there is no title"
    assert str(make_error(line=None, field="")) == "a.md: there is no title"


def test_refusal_survives_pickling_whole():
    error = pickle.loads(pickle.dumps(make_error()))

    assert error == make_error()
    assert (error.source, error.line, error.field, error.raw) == ("a.md", 3, "title", b"---")


def test_refusals_that_say_the_same_are_equal_and_others_are_not():
    assert make_error() == make_error()
    assert hash(make_error()) == hash(make_error())
    assert make_error() != make_error(line=4)
    assert make_error() != ValueError("there is no title")


def test_refusal_passes_through_a_context_manager():
    @contextlib.contextmanager
    def opened() -> Iterator[None]:
        yield

    with pytest.raises(RecordError) as caught, opened():
        raise make_error()

    assert caught.value.__traceback__ is not None


def test_counts_of_zero_are_known_and_counts_of_none_are_not():
    assert Counts(dislikes=0)
    assert not Counts()
