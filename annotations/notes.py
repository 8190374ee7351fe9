"""Notes on films: what members add to a description, in one text that they edit together."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from annotations import permissions, revisions
from annotations.models import NOTE_MAX, Note
from annotations.permissions import Action
from catalogue.models import Video


@dataclass(frozen=True, slots=True)
class Seen:
    """A film's note as one user sees it: None where there is none, or none for them."""

    note: Note | None
    may_edit: bool
    is_hidden: bool = False

    @property
    def version(self) -> int:
        """The version that an edit starts from."""
        return self.note.version if self.note else 0

    @property
    def text(self) -> str:
        """What it says, empty where there is none."""
        return self.note.text if self.note else ""


def seen(video: Video, user: User | AnonymousUser) -> Seen:
    """Return a film's note for a user. One query."""
    note = Note.objects.filter(video=video).first()
    may_edit = permissions.may(user, Action.EDIT, note or Note())
    if note is None or permissions.may(user, Action.READ, note):
        return Seen(note, may_edit, is_hidden=note is not None and not note.is_readable)
    return Seen(None, may_edit, is_hidden=True)


def edit(video: Video, *, by: User, version: int | None, text: str) -> Note:
    """Write a film's note. `version` is the one the edit started from, 0 or None for none yet.

    The film's row is locked, so that two who begin at once do not begin two notes. Nothing
    is written when nothing changes. Raises StaleVersion if somebody wrote since,
    ValidationError, PermissionDenied, Video.DoesNotExist.
    """
    text = text.replace("\r\n", "\n").strip()
    with transaction.atomic(), revisions.recorded(by=by):
        Video.objects.hold(video)
        row = Note.objects.select_for_update().filter(video=video).first()
        is_new = row is None
        row = row or Note(video=video, author=by, version=0)
        permissions.require(by, Action.EDIT, row)
        if row.version != (version or 0):
            raise revisions.StaleVersion(row)
        if row.text == text and not is_new:
            return row
        row.text = text
        _check(row, is_new=is_new)
        row.version += 1
        if is_new:
            row.save(force_insert=True)
        else:
            row.edited_at = timezone.now()
            row.save(update_fields=["text", "version", "edited_at"])
    return row


def _check(row: Note, *, is_new: bool) -> None:
    if is_new and not row.text:
        raise ValidationError({"text": ValidationError(_("Write something."), code="required")})
    if len(row.text) > NOTE_MAX:
        message = ngettext(
            "A note has %(max)d character at most.",
            "A note has %(max)d characters at most.",
            NOTE_MAX,
        ) % {"max": NOTE_MAX}
        raise ValidationError({"text": ValidationError(message, code="max_length")})
    row.clean_fields(exclude={"video", "author", "state", "version"})
