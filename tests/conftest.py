"""What every test has: a cast of members, no network but loopback, and strict templates."""

import ipaddress
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.template import Engine
from django.utils import translation
from hypothesis import settings

from accounts.models import User
from catalogue.models import Video
from tests.databases import _cleared_quickly, django_db_modify_db_settings, django_db_setup
from tests.makers import make_user, make_video

__all__ = ["_cleared_quickly", "django_db_modify_db_settings", "django_db_setup"]

# What a page is held to says what is wrong, not only that something is.
pytest.register_assert_rewrite("tests.pages")

# No timing decides a test: machines differ, and several of them run at once.
settings.register_profile("sidenote", deadline=None)
settings.load_profile("sidenote")

_THIS_MACHINE = frozenset(["", "localhost"])


class NetworkBlockedError(RuntimeError):
    """A test reached for the outside. No OSError, so that no code takes it for a bad line."""


def _find_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is written as, also in the old ways (`0x7f.1`)."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _refuse_outside(address: Any) -> None:
    """Raise unless an address of `connect` is a Unix socket or on loopback."""
    if isinstance(address, tuple):
        found = _find_address(str(address[0]))
        if address[0] not in _THIS_MACHINE and not (found and found.is_loopback):
            raise NetworkBlockedError(f"A test wanted to connect to {address[0]}:{address[1]}.")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection and every look-up of a name that leaves this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    look_up = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_outside(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_outside(address)
        return connect_ex(self, address)

    def guarded_look_up(host: Any, *arguments: Any, **keywords: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        # To look up what is an address already asks nobody.
        if name not in _THIS_MACHINE and _find_address(name) is None:
            raise NetworkBlockedError(f"A test wanted to look up {name}.")
        return look_up(host, *arguments, **keywords)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


class _Undefined(str):
    """Fails the test when one of our templates names a variable that is not there.

    Templates of packages lean on Django's silence, so they keep it.
    """

    __slots__ = ()

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __bool__(self) -> bool:
        return True

    def __mod__(self, variable: Any) -> str:
        origin = self._origin()
        if "site-packages" not in origin:
            pytest.fail(f"Undefined template variable {str(variable)!r} in {origin}")
        return ""

    @staticmethod
    def _origin() -> str:
        """Return the file of the node that is being rendered."""
        frame = sys._getframe(2)
        while frame.f_back is not None:
            if frame.f_code.co_name in {"render", "render_annotated"}:
                origin = getattr(frame.f_locals.get("self"), "origin", None)
                if origin is not None:
                    return str(origin)
            frame = frame.f_back
        return "a template"


@pytest.fixture(scope="session", autouse=True)
def _undefined_variables_fail() -> Iterator[None]:
    """Make a misspelt variable in a template a failure."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine.get_default(), "string_if_invalid", _Undefined())
        yield


@pytest.fixture(autouse=True)
def _english() -> None:
    """Let no test hear the language of the page that the one before it read."""
    translation.activate("en")


@pytest.fixture
def author(db: None) -> User:
    """Return the member who marks claims."""
    return make_user("author")


@pytest.fixture
def reader(db: None) -> User:
    """Return a member who has written nothing."""
    return make_user("reader")


@pytest.fixture
def moderator(db: None) -> User:
    """Return a member of the staff."""
    return make_user("moderator", is_staff=True)


@pytest.fixture
def stranger(db: None) -> User:
    """Return another member, who has no part in what the author did."""
    return make_user("stranger")


@pytest.fixture
def video(db: None) -> Video:
    """Return a film of 9:46 with counts."""
    return make_video()
