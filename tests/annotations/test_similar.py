"""Claims that say nearly the same are found, the likest first, by the indexes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from annotations.models import Claim, State
from annotations.similar import CANDIDATES, similar_to
from tests.makers import make_claim, make_occurrence, make_speaker

pytestmark = pytest.mark.django_db

STATEMENT = "The river was turned north within a single winter."


def statements(*arguments: Any, **named: Any) -> list[str]:
    return [one.claim.statement for one in similar_to(*arguments, **named)]


def test_the_same_said_a_little_otherwise_is_found(author: User):
    same = make_claim(author=author, statement=STATEMENT)
    turned = make_claim(author=author, statement="Within one winter they turned the river north.")
    make_claim(author=author, statement="Whales sleep with one half of their brain.")
    found = similar_to("The river was turnd north in a single winter")
    assert [one.claim for one in found] == [same, turned]
    assert found[0].likeness > found[1].likeness
    assert similar_to(STATEMENT, but_not=same.pk)[0].claim == turned


def test_of_two_that_are_as_like_the_same_speakers_comes_first(author: User):
    make_claim(author=author, statement=STATEMENT)
    theirs = make_claim(author=author, statement=STATEMENT)
    make_occurrence(
        claim=theirs, speaker="Ada Brook", spoken_by=make_speaker("Ada Brook", author=author)
    )
    first, second = similar_to(STATEMENT, speaker="ada  brook")
    assert (first.claim, first.has_same_speaker) == (theirs, True)
    assert not second.has_same_speaker


def test_a_name_that_was_merged_is_the_same_speaker(author: User):
    make_claim(author=author, statement=STATEMENT)
    theirs = make_claim(author=author, statement=STATEMENT)
    whole = make_speaker("Ada Brook", author=author)
    make_speaker("A. Brook", author=author, state=State.MERGED, merged_into=whole)
    make_occurrence(claim=theirs, speaker="Ada Brook", spoken_by=whole)
    assert similar_to(STATEMENT, speaker="A. Brook")[0].claim == theirs


def test_the_same_language_comes_first(author: User):
    make_claim(author=author, statement=STATEMENT, language="de")
    make_claim(author=author, statement=STATEMENT, language="en")
    assert similar_to(STATEMENT, language="en")[0].claim.language == "en"


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_what_nobody_may_read_is_not_offered(author: User, state: State):
    make_claim(author=author, statement=STATEMENT, state=state)
    assert similar_to(STATEMENT) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        " " * 50,
        "the of and was in on",
        "\0" * 20,
        "a' | b & ! : * \\ ''' (",
        "%" * 30,
        "河は一冬で北へ向けられたとされている",
        "x" * 5000,
    ],
)
def test_any_text_can_be_asked_for(author: User, text: str):
    make_claim(author=author)
    assert len(similar_to(text, speaker=text)) <= 1


def fill(author: User, most: int) -> None:
    """Store many claims about many things."""
    subjects = ("harbour", "glacier", "senate", "vaccine", "railway", "orchard", "reactor")
    Claim.objects.bulk_create(
        Claim(
            author=author,
            statement=f"The {subjects[number % 7]} of district {number} was built in year {number}",
        )
        for number in range(most)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotations_claim")


@pytest.fixture
def plans() -> Callable[[str], list[str]]:
    """Return what gives the plans of all queries that a look takes."""

    def ask(statement: str) -> list[str]:
        asked: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
            asked.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            similar_to(statement, speaker="Ada Brook")
        told = []
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            for sql, params in asked:
                if sql.lstrip().startswith(("SELECT", "WITH")) and "annotations_claim" in sql:
                    cursor.execute(f"EXPLAIN {sql}", params)
                    told.append("\n".join(line for (line,) in cursor.fetchall()))
        return told

    return ask


def test_among_thousands_the_indexes_find_them(author: User, plans: Any):
    fill(author, 4_000)
    make_claim(author=author, statement=STATEMENT)
    assert statements(STATEMENT) == [STATEMENT]
    told = plans(STATEMENT)
    assert any("claim_statement_trigram" in plan for plan in told)
    assert any("claim_search" in plan for plan in told)
    assert not any("Seq Scan on annotations_claim " in plan for plan in told), told


def test_words_that_are_everywhere_cost_no_more_than_the_cap(author: User):
    fill(author, 3 * CANDIDATES)
    found = similar_to("The harbour of district 7 was built in year 7", limit=3)
    assert found[0].claim.statement == "The harbour of district 7 was built in year 7"
    assert len(found) == 3


def test_the_number_of_queries_does_not_grow(author: User, django_assert_max_num_queries: Any):
    for _number in range(8):
        make_claim(author=author, statement=STATEMENT)
    with django_assert_max_num_queries(16):
        assert len(similar_to(STATEMENT, speaker="Ada Brook")) == 5
