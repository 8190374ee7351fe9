"""Evidence: bringing, editing and withdrawing the sources on a claim, a card for each."""

import contextlib
import re
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from annotations import links, permissions, revisions, sources, standings
from annotations.models import Claim, Evidence, HelpfulnessRating, State
from annotations.permissions import Action
from annotations.sources import SourceError, SourceFault

EDITABLE = (
    "url", "title", "kind", "stance", "publisher", "creator", "published_on", "accessed_on",
    "archive_url", "quote", "locator", "why",
)  # fmt: skip
_ONE_LINE = ("title", "publisher", "creator", "locator", "published_on")
_NOT_TYPED = {"claim", "link", "author", "url_key", "doi", "state", "state_reason", "version"}
# What an index of the database takes; letters beyond ASCII are several bytes each.
URL_BYTES_MAX = 2_000
HOST_MAX = 253
DOI_MAX = 250
# Somewhere it is tomorrow already.
_EARLIEST_ZONE = timedelta(hours=14)
_PART_OF_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", re.ASCII)

_FAULTS = {
    SourceFault.EMPTY: gettext_lazy("Give the address of the source."),
    SourceFault.TOO_LONG: gettext_lazy("An address has 2,000 characters at most."),
    SourceFault.UNREADABLE: gettext_lazy("There are characters in it that no address has."),
    SourceFault.NOT_WEB: gettext_lazy("It must begin with https:// or http://."),
    SourceFault.USER_NAME: gettext_lazy("An address with a user name or password is not taken."),
    SourceFault.NO_HOST: gettext_lazy("It names no site."),
    SourceFault.NOT_AN_ADDRESS: gettext_lazy("This is no web address, nor a DOI."),
}

# What stays once others have rated a card, and what is said to who would change it.
# Another spelling of an address is the same source: so `url_key`, not `url`.
_SWAPS = {
    "url_key": (
        "url",
        gettext_lazy(
            "Others have rated this source: its address stays. Withdraw it, and bring the other."
        ),
    ),
    "stance": (
        "stance",
        gettext_lazy(
            "Others have rated it as it is: its stance stays. Withdraw it, and bring it anew."
        ),
    ),
}


def bring(
    claim: Claim,
    *,
    by: User,
    url: str,
    title: str,
    kind: str,
    stance: str,
    publisher: str = "",
    creator: str = "",
    published_on: str = "",
    accessed_on: date | None = None,
    archive_url: str = "",
    quote: str = "",
    locator: str = "",
    why: str = "",
) -> Evidence:
    """Put a source on a claim, with a stance.

    A bare DOI is an address; an archived copy stands for its page. `published_on` is a year,
    a month or a day as in `2021-07`. The link is due to be asked at once. One transaction,
    the claim locked: of two who bring one page at the same time, one is told of the other's
    card. Raises ValidationError with all that is wrong, by field, and PermissionDenied.
    """
    card = Evidence(claim=claim, author=by)
    values: dict[str, Any] = {
        "url": url, "title": title, "kind": kind, "stance": stance, "publisher": publisher,
        "creator": creator, "published_on": published_on,
        "accessed_on": accessed_on or timezone.now().date(),
        "archive_url": archive_url, "quote": quote, "locator": locator, "why": why,
    }  # fmt: skip
    permissions.require(by, Action.ADD, claim)
    _write(card, values)
    now = timezone.now()
    with transaction.atomic(), revisions.recorded(by=by):
        present = standings.locked(claim.pk)
        permissions.require(by, Action.ADD, present)
        _require_only(card)
        card.link = links.find_or_create(card.url, now=now)
        card.save(force_insert=True)
        standings.recount(present, now=now)
    return card


def edit(card: Evidence, *, by: User, version: int, **changes: Any) -> Evidence:
    """Change what a card says. `version` is the one the edit started from.

    Its address and its stance stay once others have rated it (`refuse_swap`). Raises
    StaleVersion if somebody edited it since, ValidationError, PermissionDenied. Nothing is
    written when nothing changes.
    """
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of evidence that can be edited: {sorted(unknown)}")
    now = timezone.now()
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(card)
        permissions.require(by, Action.EDIT, row, under=row.claim)
        if row.version != version:
            raise revisions.StaleVersion(row)
        changed = _write(row, changes)
        refuse_swap(row, changed)
        if "url_key" in changed:
            _require_only(row)
        if "url" in changed:
            row.link = links.find_or_create(row.url, now=now)
            changed.append("link")
        if changed:
            row.version += 1
            row.edited_at = now
            row.save(update_fields=[*changed, "version", "edited_at"])
    return row


def withdraw(card: Evidence, *, by: User) -> Evidence:
    """Take a card back: nobody sees it any more; the log keeps it. Raises PermissionDenied.

    Anyone may bring the same source again.
    """
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(card)
        permissions.require(by, Action.WITHDRAW, row, under=row.claim)
        row.state = State.WITHDRAWN
        row.version += 1
        row.save(update_fields=["state", "version"])
        standings.recount(row.claim, now=timezone.now())
    return row


def refuse_swap(card: Evidence, changed: Collection[str]) -> None:
    """Raise ValidationError, by field, if what others rated would become something else.

    Nobody is to gather "Helpful" with one source and then show another. The claim is locked.
    """
    swapped = dict(_SWAPS[column] for column in _SWAPS if column in changed)
    if swapped and HelpfulnessRating.objects.filter(evidence=card).exists():
        raise ValidationError(
            {field: ValidationError(message, code="rated") for field, message in swapped.items()}
        )


def find_there(error: ValidationError) -> Evidence | None:
    """Return the readable card that has the address already, if that is what was refused."""
    for one in getattr(error, "error_dict", {}).get("url", ()):
        if one.code == "duplicate":
            return Evidence.objects.visible().filter(pk=one.params["number"]).first()
    return None


def archived_address(card: Evidence) -> str:
    """Return where a copy of the source is: the one that was named, else the Wayback Machine's."""
    return card.archive_url or sources.wayback_address(card.url, card.accessed_on)


def _require_only(card: Evidence) -> None:
    """Raise ValidationError if the page stands on the claim already; the claim is locked."""
    there = (
        Evidence.objects.filter(claim=card.claim_id, url_key=card.url_key)
        .exclude(state=State.WITHDRAWN)
        .exclude(pk=card.pk)
        .first()
    )
    if there is None:
        return
    message = (
        _("This source stands here already: evidence %(number)s, %(address)s.")
        if there.is_readable
        else _("A moderator has hidden this source here: evidence %(number)s.")
    )
    params = {"number": there.pk, "address": there.get_absolute_url()}
    raise ValidationError({"url": ValidationError(message, code="duplicate", params=params)})


# --- What a card says -----------------------------------------------------------------


def _write(card: Evidence, values: dict[str, Any]) -> list[str]:
    """Set what is given, cleaned; return the columns that changed.

    Raises ValidationError with all that is wrong, by field.
    """
    wrong: dict[str, ValidationError] = {}
    clean = {name: _clean(name, value) for name, value in values.items()}
    for name in ("url", "archive_url"):
        if clean.get(name) or (name == "url" and name in clean):
            try:
                clean[name] = clean_address(clean[name])
            except ValidationError as error:
                wrong[name] = error
    if "url" in clean and "url" not in wrong:
        clean |= _derived(clean["url"], clean.get("archive_url", card.archive_url))
    changed = [name for name, value in clean.items() if getattr(card, name) != value]
    for name in changed:
        setattr(card, name, clean[name])
    wrong = _problems(card, clean) | wrong
    if wrong:
        raise ValidationError(wrong)
    return changed


def _clean(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return " ".join(value.split()) if name in _ONE_LINE else value.strip()


def clean_address(text: str) -> str:
    """Return the address that a typed text means. Raises ValidationError with what is wrong."""
    try:
        url = sources.clean(text)
    except SourceError as error:
        raise _refused(error.kind) from None
    if len(url.encode()) > URL_BYTES_MAX or len(links.host_of(url)) > HOST_MAX:
        raise _refused(SourceFault.TOO_LONG)
    return url


def _refused(fault: SourceFault) -> ValidationError:
    return ValidationError(_FAULTS[fault], code=fault.value)


def _derived(url: str, archive_url: str) -> dict[str, str]:
    """Return the columns that an address decides. What is a copy gives its page's address."""
    with contextlib.suppress(ValidationError):
        page = clean_address(sources.find_archived(url) or "")
        url, archive_url = page, archive_url or url
    doi = sources.find_doi(url) or ""
    return {
        "url": url,
        "url_key": sources.mark(url),
        "doi": doi if len(doi) <= DOI_MAX else "",
        "archive_url": archive_url,
    }


def _problems(card: Evidence, given: dict[str, Any]) -> dict[str, ValidationError]:
    try:
        card.clean_fields(exclude=_NOT_TYPED)
    except ValidationError as error:
        wrong = {name: ValidationError(errors) for name, errors in error.error_dict.items()}
    else:
        wrong = {}
    today = (timezone.now() + _EARLIEST_ZONE).date()
    if "published_on" in given and "published_on" not in wrong and card.published_on:
        if not _is_date(card.published_on):
            message = _("Write a year, a month or a day, as 2021, 2021-07 or 2021-07-30.")
            wrong["published_on"] = ValidationError(message, code="date")
        elif card.published_on > today.isoformat()[: len(card.published_on)]:
            wrong["published_on"] = ValidationError(_("That is in the future."), code="future")
    if "accessed_on" in given and "accessed_on" not in wrong and card.accessed_on > today:
        wrong["accessed_on"] = ValidationError(_("That is in the future."), code="future")
    return wrong


def _is_date(text: str) -> bool:
    """Tell whether a text is a year, a month or a day that there was."""
    if not _PART_OF_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True
