"""Who calls: members, by token."""

import pytest

from accounts.models import User
from tests.rest import Caller, make_token


@pytest.fixture
def member(author: User) -> Caller:
    """Return the author, by token."""
    return Caller(make_token(author))


@pytest.fixture
def other(stranger: User) -> Caller:
    """Return another member, by token."""
    return Caller(make_token(stranger))
