"""`manage.py erase_personal_data`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from annotations.models import Comment, Decision
from tests.makers import make_claim, make_comment

pytestmark = pytest.mark.django_db


def erase(*arguments: str) -> str:
    out = StringIO()
    call_command("erase_personal_data", *arguments, stdout=out)
    return out.getvalue()


def test_an_operator_erases_and_is_told_where_else_it_stands(author: User, moderator: User):
    claim = make_claim(author=author)
    first, second = (make_comment(claim=claim, body="It was Ada Brook.") for _ in range(2))
    told = erase("comment", str(first.pk), "--phrase", "Ada Brook", "--by", "Moderator")
    assert "Erased in 2 rows" in told
    assert f"Comment {second.pk}: body" in told
    assert f"Comment {first.pk}: body" not in told
    erase("comment", str(second.pk), "--field", "body", "--by", "moderator", "--reason", "Asked.")
    assert set(Comment.objects.values_list("body", flat=True)) == {"It was [erased].", "[erased]"}
    assert Decision.objects.filter(reason="Asked.").exists()


def test_the_phrase_can_come_by_the_input(author: User, moderator: User, monkeypatch):
    comment = make_comment(claim=make_claim(author=author), body="It was Ada Brook.")
    monkeypatch.setattr("sys.stdin", StringIO("Ada Brook\n"))
    erase("comment", str(comment.pk), "--phrase", "-", "--by", "moderator")
    comment.refresh_from_db()
    assert comment.body == "It was [erased]."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["comment", "1", "--field", "body", "--by", "nobody"], "no member"),
        (["comment", "999999", "--field", "body", "--by", "moderator"], "no comment 999999"),
        (["claim", "{claim}", "--phrase", "zebra", "--by", "moderator"], "Nothing of that"),
        (["claim", "{claim}", "--field", "kind", "--by", "moderator"], "Not one of"),
        (["claim", "{claim}", "--phrase", "river", "--by", "author"], "operator"),
    ],
)
def test_what_cannot_be_done_is_said(
    author: User, moderator: User, arguments: list[str], said: str
):
    claim = make_claim(author=author)
    with pytest.raises(CommandError, match=said):
        erase(*[part.format(claim=claim.pk) for part in arguments])
