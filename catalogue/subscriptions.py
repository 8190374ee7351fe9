"""Following channels, lists and feeds: what members do with their subscriptions."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from catalogue.models import FetchKind, Interval, Start, Subscription
from catalogue.models.subscriptions import words_of
from catalogue.records.targets import Target

MAX_EACH = 50
WORDS_MAX = 300
# Of a film's length; what is longer is no film.
LENGTH_MAX_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a film must be like to come in: words of its title, apart by commas, and its length."""

    words: str = ""
    words_not: str = ""
    shortest_ms: int | None = None
    longest_ms: int | None = None


NO_FILTERS = Filters()


def create(
    target: Target,
    *,
    by: User,
    interval: int = Interval.DAILY,
    start: str = Start.NEW,
    filters: Filters = NO_FILTERS,
) -> Subscription:
    """Follow a channel, a list or a feed; it is looked at at once.

    One transaction. Raises ValidationError (by field: url, words, words_not, shortest_ms,
    longest_ms): one film is nothing to follow, nobody follows anything twice, or more than
    MAX_EACH.
    """
    _check(target, filters)
    try:
        with transaction.atomic():
            # Two forms at once would both find room.
            User.objects.select_for_update(no_key=True).filter(pk=by.pk).values("pk").first()
            if Subscription.objects.filter(by=by).count() >= MAX_EACH:
                message = ngettext(
                    "You follow %(count)d already. Stop following it first.",
                    "You follow %(count)d already. Stop following one first.",
                    MAX_EACH,
                )
                raise _wrong("url", message % {"count": MAX_EACH}, "too_many")
            return Subscription.objects.create(
                by=by,
                url=target.url,
                kind=target.kind.value,
                interval=interval,
                start=start,
                words=filters.words.strip(),
                words_not=filters.words_not.strip(),
                shortest_ms=filters.shortest_ms,
                longest_ms=filters.longest_ms,
                due_at=timezone.now(),
            )
    except IntegrityError:
        raise _wrong("url", _("You follow this already."), "followed") from None


def set_active(subscription: Subscription, *, by: User, is_active: bool) -> None:
    """Pause a subscription, or go on with it, from which on it is due. Idempotent.

    One statement, since a look may be writing its result meanwhile. Raises PermissionDenied.
    """
    _require_owner(subscription, by)
    others = Subscription.objects.filter(pk=subscription.pk).exclude(is_active=is_active)
    if is_active:
        others.update(is_active=True, failures=0, last_failure="", due_at=timezone.now())
    else:
        others.update(is_active=False)
    subscription.is_active = is_active


def look_now(subscription: Subscription, *, by: User) -> None:
    """Have a subscription looked at with the next sweep, paused or not. Raises PermissionDenied."""
    set_active(subscription, by=by, is_active=True)
    Subscription.objects.filter(pk=subscription.pk).update(due_at=timezone.now())


def delete(subscription: Subscription, *, by: User) -> None:
    """Stop following. What came in stays. Raises PermissionDenied."""
    _require_owner(subscription, by)
    subscription.delete()


def _check(target: Target, filters: Filters) -> None:
    if target.kind.value == FetchKind.VIDEO:
        message = _("This is one film. Follow its channel or a list, or fetch it under Imports.")
        raise _wrong("url", message, "one_film")
    for name in ("words", "words_not"):
        text = getattr(filters, name)
        if len(text) > WORDS_MAX:
            raise _wrong(
                name,
                ngettext("At most %(n)s character.", "At most %(n)s characters.", WORDS_MAX)
                % {"n": WORDS_MAX},
                "too_long",
            )
        if text.strip() and not words_of(text):
            raise _wrong(name, _("There is no word in it."), "invalid")
    for name in ("shortest_ms", "longest_ms"):
        length = getattr(filters, name)
        if length is not None and not 0 <= length <= LENGTH_MAX_MS:
            raise _wrong(name, _("No film is as long as that."), "invalid")
    shortest, longest = filters.shortest_ms, filters.longest_ms
    if shortest is not None and longest is not None and shortest > longest:
        raise _wrong("longest_ms", _("The longest is shorter than the shortest."), "invalid")


def _wrong(field: str, message: str, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(message, code=code)})


def _require_owner(subscription: Subscription, by: User) -> None:
    if subscription.by_id != by.pk:
        raise PermissionDenied(_("This is somebody else’s subscription."))
