"""Operators and accounts."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from annotations.models import Claim
from tests.makers import make_claim, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return make_user("operator", is_staff=True, is_superuser=True)


def address(user: User, action: str = "change") -> str:
    return f"/admin/accounts/user/{user.pk}/{action}/"


def test_operator_finds_a_member_and_closes_the_account(
    client: Client, operator: User, author: User
):
    make_claim(author=author)
    client.force_login(operator)
    assert "author" in client.get("/admin/accounts/user/?q=AUTH").content.decode()
    client.post(address(author), {"is_active": ""})
    author.refresh_from_db()
    assert not author.is_active
    # What they wrote stays.
    assert Claim.objects.visible().count() == 1


def test_nobody_adds_or_deletes_accounts_there(client: Client, operator: User, author: User):
    client.force_login(operator)
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.post(address(author, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=author.pk).exists()


def test_staff_without_all_rights_gives_none_away(client: Client, moderator: User, author: User):
    moderator.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    client.force_login(moderator)
    client.post(address(moderator), {"is_active": "on", "is_superuser": "on", "is_staff": "on"})
    client.post(address(author), {"is_active": "on", "is_superuser": "on", "is_staff": "on"})
    moderator.refresh_from_db()
    author.refresh_from_db()
    assert not moderator.is_superuser
    assert not author.is_staff
