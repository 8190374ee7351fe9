"""The language and the time zone that a request is answered in."""

import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.models import User


def as_preferred(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return a middleware that answers members in their own language and time zone.

    Others get what LocaleMiddleware found, which has to run before: the language of their cookie,
    else what their browser asks for; and UTC. Of programs with a token only the header counts.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        member = request.user
        if not member.is_authenticated:
            return get_response(request)
        if is_language(member.language):
            # Stays on until the answer is out: LocaleMiddleware names it there.
            translation.activate(member.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_of(member)):
            return get_response(request)

    return middleware


@contextmanager
def chosen_by(member: User) -> Iterator[None]:
    """Speak to a member for a while: in their language, else in the one that is on."""
    language = member.language if is_language(member.language) else translation.get_language()
    with translation.override(language), timezone.override(zone_of(member)):
        yield


def is_language(code: str) -> bool:
    """Tell whether the site is there in a language."""
    return code in dict(settings.LANGUAGES)


def zone_of(member: User) -> zoneinfo.ZoneInfo:
    """Return a member's time zone; UTC if this machine has never heard of it."""
    try:
        return zoneinfo.ZoneInfo(member.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


@cache
def zones() -> frozenset[str]:
    """Return the names of the time zones to choose from: places, and UTC."""
    return frozenset(
        name
        for name in zoneinfo.available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/")))
    )
