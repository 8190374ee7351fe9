"""API tokens: hashed, named, scoped, expiring."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken, Scope, User
from tests.makers import make_user

pytestmark = pytest.mark.django_db


def test_only_the_hash_of_a_token_is_stored(author: User):
    token, text = tokens.create(by=author, name="laptop")
    assert text.startswith("sn_")
    stored = ApiToken.objects.values().get()
    assert text not in str(stored)
    assert (token.name, token.scopes) == ("laptop", ["read", "write"])


def test_a_token_expires_after_ninety_days_unless_told_otherwise(author: User):
    token, _ = tokens.create(by=author, name="a")
    assert abs(token.expiry - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    for_ever, _ = tokens.create(by=author, name="b", lifetime=None, scopes=[Scope.READ])
    assert (for_ever.expiry, for_ever.scopes) == (None, ["read"])


def test_a_revoked_token_is_gone(author: User):
    token, _ = tokens.create(by=author, name="laptop")
    tokens.revoke(token)
    assert not ApiToken.objects.exists()


def test_names_and_addresses_that_differ_by_case_only_are_refused(author: User):
    for name, email in (("AUTHOR", "new@example.org"), ("new", "AUTHOR@example.org")):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_user(name, email=email)
