"""Personal data goes out of texts and out of the log; that it went stays known."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InternalError, connection, transaction

from accounts.models import User
from annotations import claims, discussion, erasure, moderation, revisions
from annotations.models import (
    Claim,
    Comment,
    Decision,
    Deed,
    EvidenceSuggestion,
    FlagKind,
    LinkCheck,
    Mention,
    Merge,
    State,
)
from annotations.revisions import StaleVersion
from tests.makers import make_claim, make_comment, make_evidence

pytestmark = pytest.mark.django_db
NAME = "Ada Brook"
WHY = "She asked for it."


def stands_in(phrase: str) -> list[str]:
    """Return the tables and columns of claims and their log that hold a phrase: all are read."""
    found: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND data_type IN "
            "('character varying', 'text', 'jsonb', 'tsvector') "
            "AND (table_name LIKE 'annotations%%' OR table_name LIKE 'pghistory%%')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{phrase}%"]
            )
            if cursor.fetchone():
                found.append(f"{table}.{column}")
    return found


def test_a_phrase_is_nowhere_any_more(author: User, stranger: User, moderator: User):
    claim = make_claim(author=author, statement="Ada brook lives in Elm Street number 5.")
    claims.edit(claim, by=author, version=1, statement="Somebody lives in Elm Street number 5.")
    claims.edit(claim, by=author, version=2, statement="ADA BROOK lives in this street.")
    other = make_claim(author=author)
    Merge.objects.create(
        thing="claim", source_id=other.pk, target_id=claim.pk, why=f"Both {NAME}",
        proposed_by=author,
    )  # fmt: skip
    moderation.flag(claim, by=stranger, kind=FlagKind.PRIVATE, remark=f"Names {NAME}!")
    moderation.decide(claim, by=moderator, deed=Deed.LOCK, reason=f"About {NAME}")
    assert len(stands_in(NAME)) >= 6
    written = erasure.erase_phrase(claim, by=moderator, phrase=" ada brook ", reason=WHY)
    assert written >= 6
    assert stands_in(NAME) == []
    assert erasure.places_of(NAME) == []
    claim.refresh_from_db()
    assert (claim.statement, claim.state) == ("[erased] lives in this street.", State.LOCKED)
    assert claim.state_reason == "About [erased]"
    decision = Decision.objects.latest("pk")
    assert (decision.deed, decision.reason, decision.by) == (Deed.ERASE, WHY, moderator)
    told = [row.new for row in revisions.of_claim(claim) if row.field == "statement"]
    assert told == [
        "[erased] lives in this street.",
        "Somebody lives in Elm Street number 5.",
        "[erased] lives in Elm Street number 5.",
    ]


def test_a_whole_text_goes_with_all_it_was(author: User, moderator: User):
    comment = discussion.say(
        make_claim(author=author), by=author, body=f"{NAME}, @moderator: https://example.org/ada"
    )
    discussion.edit(comment, by=author, version=1, body=f"{NAME}! https://example.org/ada")
    erasure.erase_field(comment, by=moderator, field="body", reason=WHY)
    assert stands_in(NAME) == stands_in("example.org/ada") == []
    assert not EvidenceSuggestion.objects.exists()
    assert not Mention.objects.exists()
    comment.refresh_from_db()
    assert comment.body == "[erased]"


def test_an_edit_that_began_before_does_not_bring_it_back(author: User, moderator: User):
    comment = make_comment(claim=make_claim(author=author), body=f"It was {NAME}.")
    erasure.erase_phrase(comment, by=moderator, phrase=NAME, reason=WHY)
    with pytest.raises(StaleVersion):
        discussion.edit(comment, by=author, version=1, body=f"It was {NAME}, I think.")


def test_an_address_that_tells_a_name_goes_with_what_was_asked_of_it(author: User, moderator: User):
    card = make_evidence(
        claim=make_claim(author=author), url="https://example.org/ada-brook/5", why="See ada-brook"
    )
    LinkCheck.objects.create(link=card.link, at=card.created_at, state="ok", detail="ada-brook")
    erasure.erase_phrase(card, by=moderator, phrase="ada-brook", reason=WHY)
    assert stands_in("ada-brook") == []
    card.refresh_from_db()
    assert card.url == card.link.url == "https://example.org/[erased]/5"


@pytest.mark.parametrize(
    ("field", "left"), [("statement", "[erased] on request"), ("not_checkable_why", "[erased]")]
)
def test_what_is_left_is_still_a_claim(author: User, moderator: User, field: str, left: str):
    texts: dict[str, Any] = {"statement": f"{NAME} did it.", "not_checkable_why": NAME}
    claim = make_claim(author=author, is_checkable=False, **texts)
    erasure.erase_field(claim, by=moderator, field=field, reason=WHY)
    claim = Claim.objects.get()
    assert getattr(claim, field) == left


def test_a_text_that_grows_stays_within_its_column(author: User, moderator: User):
    claim = make_claim(author=author, statement="Al " * 93)
    erasure.erase_phrase(claim, by=moderator, phrase="al", reason="On request.")
    claim.refresh_from_db()
    assert len(claim.statement) == 280


def test_only_operators_erase_and_only_what_is_there(author: User, moderator: User):
    comment = make_comment(claim=make_claim(author=author), body=f"It was {NAME}.")
    author.is_moderator = True
    with pytest.raises(PermissionDenied):
        erasure.erase_phrase(comment, by=author, phrase=NAME, reason=WHY)
    for phrase, reason in (("Bob", WHY), (" ", WHY), (NAME, f"About {NAME}"), (NAME, "")):
        with pytest.raises(ValidationError):
            erasure.erase_phrase(comment, by=moderator, phrase=phrase, reason=reason)
    with pytest.raises(ValidationError):
        erasure.erase_field(comment, by=moderator, field="author", reason=WHY)
    assert Comment.objects.get().body == f"It was {NAME}."
    assert not Decision.objects.exists()


def test_the_log_is_protected_again_afterwards(author: User, moderator: User):
    comment = make_comment(claim=make_claim(author=author), body=f"It was {NAME}.")
    erasure.erase_phrase(comment, by=moderator, phrase=NAME, reason=WHY)
    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE annotations_commentevent SET body = 'x'")
