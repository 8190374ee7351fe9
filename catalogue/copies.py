"""Copies: other places where the same film can be seen, each with its shift in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from catalogue.models import Availability, Copy, Video
from catalogue.records import fields
from catalogue.records.copies import CopyPlace, clean_address, parse_place

# More places than anybody looks through, and few enough for one page.
PER_FILM_MAX = 50
EDITABLE = ("offset_ms", "note")


@dataclass(frozen=True, slots=True)
class Place:
    """A copy, and the film of the catalogue that it is, if it is one."""

    copy: Copy
    film: Video | None = None

    @property
    def availability(self) -> Availability:
        """What is known: only films of the catalogue are looked at."""
        return Availability(self.film.availability) if self.film else Availability.UNKNOWN

    @property
    def url(self) -> str:
        """The page where it can be seen, empty if none is known."""
        return (self.film.page_url if self.film else "") or self.copy.url


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of a copy before and after one edit. `by` is None for the system."""

    field: str
    old: Any
    new: Any
    at: datetime
    by: User | None


def places_of(video: Video) -> list[Place]:
    """Return the copies of a film in the order added. One query, two if any has an identity."""
    return _with_films(Copy.objects.of_film(video))


def place_of(copy: Copy) -> Place:
    """Return one copy with its film. One query if it has an identity."""
    return _with_films([copy])[0]


def _with_films(copies: Iterable[Copy]) -> list[Place]:
    rows = list(copies)
    named = [
        Q(platform=row.platform, platform_id=row.platform_id) for row in rows if row.platform_id
    ]
    films = (
        Video.objects.filter(reduce(or_, named)).defer(
            "description", "search", "keywords", "origins", "replays"
        )
        if named
        else ()
    )
    by_identity = {(film.platform, film.platform_id): film for film in films}
    return [Place(row, by_identity.get((row.platform, row.platform_id))) for row in rows]


def add(
    video: Video,
    *,
    by: User,
    address: str,
    offset_ms: int = 0,
    note: str = "",
    media_url: str = "",
    site: str = "",
) -> Copy:
    """Say where else a film can be seen; time there = time in the film + `offset_ms`.

    `address` is an http(s) address, a YouTube id, or the key of a film in the catalogue;
    `site` is our own host, whose pages of films count as these films. Two at once wait for
    each other. Raises ValidationError by field (also for the film itself and for a place
    that is there already), Video.DoesNotExist for a film that is gone.
    """
    place, wrong = _read(address, media_url, site)
    row = Copy(
        video=video,
        platform=place.platform,
        platform_id=place.platform_id,
        url=place.url,
        media_url=place.media_url,
        mark=place.mark,
        offset_ms=offset_ms,
        note=note.strip(),
        added_by=by,
    )
    wrong |= _problems(row)
    if not wrong.keys() & {"address", "media_url"} and (unfit := _unfit(row, place)):
        wrong["address"] = unfit
    if wrong:
        raise ValidationError(wrong)
    with transaction.atomic(), pghistory.context(user=by.pk):
        Video.objects.hold(video)
        _check_room(row)
        row.save(force_insert=True)
    return row


def edit(copy: Copy, *, by: User, **changes: Any) -> Copy:
    """Change `offset_ms` or `note`; the place itself stays. The log keeps old and new.

    Nothing is written when nothing changes. Raises ValidationError by field,
    PermissionDenied, Copy.DoesNotExist if it was withdrawn.
    """
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of a copy that can be edited: {sorted(unknown)}")
    with transaction.atomic(), pghistory.context(user=by.pk):
        row = Copy.objects.standing().select_for_update(no_key=True).get(pk=copy.pk)
        _require_owner(row, by)
        changed = [name for name, value in changes.items() if getattr(row, name) != _clean(value)]
        for name in changed:
            setattr(row, name, _clean(changes[name]))
        if wrong := _problems(row):
            raise ValidationError(wrong)
        if changed:
            row.edited_at = timezone.now()
            row.save(update_fields=[*changed, "edited_at"])
    return row


def withdraw(copy: Copy, *, by: User) -> Copy:
    """Take a copy out of the list; the row is kept. Idempotent. Raises PermissionDenied."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        row = Copy.objects.select_for_update(no_key=True).get(pk=copy.pk)
        _require_owner(row, by)
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_by = timezone.now(), by
            row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return row


def may_change(copy: Copy, by: User) -> bool:
    """Tell whether a member may edit or withdraw a copy: who added it, and staff."""
    return copy.added_by_id == by.pk or by.is_staff


def edits_of(copy: Copy) -> list[Edit]:
    """Return what was changed of a copy, newest first, out of the log. Two queries."""
    events: Any = copy.events.select_related("pgh_context").order_by("pgh_id")  # type: ignore[attr-defined]
    rows = list(events)
    people = User.objects.in_bulk({_person_id(row) for row in rows} - {None})
    return [
        Edit(
            name,
            getattr(before, name),
            getattr(after, name),
            after.pgh_created_at,
            people.get(_person_id(after)),
        )
        for before, after in pairwise(rows)
        for name in EDITABLE
        if getattr(before, name) != getattr(after, name)
    ][::-1]


def _person_id(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


# --- Rules ----------------------------------------------------------------------------


def _read(address: str, media_url: str, site: str) -> tuple[CopyPlace, dict[str, ValidationError]]:
    """Return the place that was typed, and what is wrong with it by field."""
    place, wrong = CopyPlace(), {}
    try:
        place = parse_place(address, site=site)
    except fields.FieldError as error:
        wrong["address"] = _refused(error)
    try:
        file = clean_address("media_url", media_url) or place.media_url
    except fields.FieldError as error:
        wrong["media_url"] = _refused(error)
    else:
        place = CopyPlace(place.platform, place.platform_id, place.url, file)
    return place, wrong


def _clean(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _refused(error: fields.FieldError) -> ValidationError:
    reason = error.reason
    return ValidationError(f"{reason[:1].upper()}{reason[1:]}.", code="address")


def _problems(row: Copy) -> dict[str, ValidationError]:
    try:
        row.clean_fields(exclude={"video", "added_by", "mark", "url", "media_url"})
    except ValidationError as error:
        return {name: ValidationError(errors) for name, errors in error.error_dict.items()}
    return {}


def _unfit(row: Copy, place: CopyPlace) -> ValidationError | None:
    """Say why a place is none for this film; gives a film of the catalogue its address."""
    if _names(row.video, place):
        message = _("This is the film itself. A copy is another place where it can be seen.")
        return ValidationError(message, code="itself")
    if place.url:
        return None
    film = Video.objects.identified(place.platform, place.platform_id).first()
    if film is None:
        message = _("There is no film %(key)s in the catalogue: give the address of its page.")
        key = f"{place.platform}:{place.platform_id}"
        return ValidationError(message, code="does_not_exist", params={"key": key})
    row.url, row.media_url = film.page_url, row.media_url or film.media_url
    return None


def _names(video: Video, place: CopyPlace) -> bool:
    """Tell whether a place is the film itself, by identity or by one of its addresses."""
    if (place.platform, place.platform_id) == (video.platform, video.platform_id):
        return True
    addresses = {url for url in (video.page_url, video.url, video.media_url) if url}
    marks = {CopyPlace(url=url).mark for url in addresses}
    return any(CopyPlace(url=url).mark in marks for url in (place.url, place.media_url) if url)


def _check_room(row: Copy) -> None:
    """Raise ValidationError if the place is there already, or if there are too many.

    The film is held: nobody else adds one meanwhile.
    """
    marks = list(Copy.objects.standing().filter(video=row.video).values_list("mark", flat=True))
    if row.mark in marks:
        message = _("This place is in the list already.")
        raise ValidationError({"address": ValidationError(message, code="exists")})
    if len(marks) >= PER_FILM_MAX:
        message = ngettext(
            "A film has %(max)d other place at most.",
            "A film has %(max)d other places at most.",
            PER_FILM_MAX,
        )
        params = {"max": PER_FILM_MAX}
        raise ValidationError({"address": ValidationError(message, code="too_many", params=params)})


def _require_owner(copy: Copy, by: User) -> None:
    if not may_change(copy, by):
        raise PermissionDenied(_("Only who added this place can change it."))
