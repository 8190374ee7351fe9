"""Who may do what with claims and occurrences over REST."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import Scope, User
from annotations.models import Claim, State
from catalogue.models import Video
from tests.annotations.api.bodies import a_claim, an_occurrence
from tests.makers import make_claim, make_occurrence
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()


def revoked_token(user: User) -> str:
    """Return the text of a token that was revoked."""
    text = make_token(user)
    user.auth_token_set.all().delete()
    return text


@pytest.fixture
def callers(author: User, stranger: User, moderator: User) -> Callable[[str], Caller]:
    """Return what makes each of those who may call."""

    def make(who: str) -> Caller:
        match who:
            case "nobody":
                return nobody
            case "expired token":
                return Caller(make_token(author, lifetime=timedelta(seconds=-1)))
            case "revoked token":
                return Caller(revoked_token(author))
            case "author's reading token":
                return Caller(make_token(author, Scope.READ))
            case "author's writing token":
                return Caller(make_token(author, Scope.WRITE))
        return Caller(
            make_token({"another member": stranger, "staff": moderator, "author": author}[who])
        )

    return make


# By who asks: reading, editing, withdrawing one row, reading the log, adding an occurrence.
VISIBLE = {
    "nobody": (200, 401, 401, 200, 401),
    "expired token": (401, 401, 401, 401, 401),
    "revoked token": (401, 401, 401, 401, 401),
    "author's reading token": (200, 403, 403, 200, 403),
    "author's writing token": (403, 200, 204, 403, 201),
    "another member": (200, 403, 403, 200, 201),
    "staff": (200, 403, 403, 200, 201),
    "author": (200, 200, 204, 200, 201),
}


# Where something is said is a matter of fact: every member sets it right.
SHARED = VISIBLE | {
    "another member": (200, 200, 403, 200, 201),
    "staff": (200, 200, 403, 200, 201),
}
WITHDRAWN = {
    "nobody": (410, 401, 401, 410, 401),
    "expired token": (401, 401, 401, 401, 401),
    "revoked token": (401, 401, 401, 401, 401),
    "author's reading token": (410, 403, 403, 200, 403),
    "author's writing token": (403, 410, 410, 403, 400),
    "another member": (410, 410, 410, 410, 400),
    "staff": (410, 410, 410, 200, 400),
    "author": (410, 410, 410, 200, 400),
}


@pytest.mark.parametrize("who", VISIBLE)
@pytest.mark.parametrize(("state", "table"), [("visible", VISIBLE), ("withdrawn", WITHDRAWN)])
def test_who_may_do_what_with_a_claim(
    who: str,
    state: str,
    table: dict[str, tuple[int, ...]],
    callers: Callable[[str], Caller],
    author: User,
    video: Video,
):
    claim = make_claim(author=author, state=state)
    caller = callers(who)
    address = f"claims/{claim.pk}/"
    read, edit, withdraw, log, add = table[who]
    assert caller.get(address).status_code == read
    assert caller.get(f"{address}revisions/").status_code == log
    assert caller.post("occurrences/", an_occurrence(claim, video)).status_code == add
    edited = caller.patch(address, {"version": 1, "language": "fr"})
    assert edited.status_code == edit
    assert caller.delete(address).status_code == withdraw
    claim.refresh_from_db()
    assert (claim.language == "fr") == (edit == 200)
    assert claim.state == (State.WITHDRAWN if withdraw == 204 else state)


@pytest.mark.parametrize("who", VISIBLE)
@pytest.mark.parametrize(("state", "table"), [("visible", SHARED), ("withdrawn", WITHDRAWN)])
def test_who_may_do_what_with_an_occurrence(
    who: str,
    state: str,
    table: dict[str, tuple[int, ...]],
    callers: Callable[[str], Caller],
    author: User,
):
    occurrence = make_occurrence(claim=make_claim(author=author), state=state)
    caller = callers(who)
    address = f"occurrences/{occurrence.pk}/"
    read, edit, withdraw, _log, _add = table[who]
    assert caller.get(address).status_code == read
    assert caller.patch(address, {"version": 1, "quote": "north"}).status_code == edit
    assert caller.delete(address).status_code == withdraw
    occurrence.refresh_from_db()
    assert (occurrence.quote == "north") == (edit == 200)
    assert occurrence.state == (State.WITHDRAWN if withdraw == 204 else state)


@pytest.mark.parametrize(("who", "status"), [(w, row[4]) for w, row in VISIBLE.items()])
def test_who_may_mark_a_claim(
    who: str, status: int, callers: Callable[[str], Caller], video: Video
):
    caller = callers(who)
    assert caller.post("claims/", a_claim(video)).status_code == status
    assert Claim.objects.exists() == (status == 201)


def test_a_member_whose_account_is_closed_gets_nowhere(author: User, video: Video):
    caller = Caller(make_token(author))
    author.is_active = False
    author.save(update_fields=["is_active"])
    assert caller.post("claims/", a_claim(video)).status_code == 401


def test_a_session_writes_with_its_csrf_token(author: User, video: Video):
    caller = Caller()
    caller.client.force_login(author)
    assert caller.post("claims/", a_claim(video)).status_code == 201
