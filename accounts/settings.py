"""What members set for themselves: who they are to others, and how pages come to them."""

import unicodedata
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import preferences
from accounts.models import ABOUT_MAX, User

FIELDS: Final[tuple[str, ...]] = (
    "display_name", "about", "shows_presence", "language", "time_zone", "theme",
)  # fmt: skip


def change(*, by: User, **values: Any) -> list[str]:
    """Store some of a member's own settings; return the names of those that changed.

    Raises ValidationError, by field; then nothing is stored.
    """
    if "display_name" in values:
        values["display_name"] = " ".join(values["display_name"].split())
    if "about" in values:
        values["about"] = values["about"].replace("\r\n", "\n").strip()
    changed = [name for name in FIELDS if name in values and getattr(by, name) != values[name]]
    old = {name: getattr(by, name) for name in changed}
    for name in changed:
        setattr(by, name, values[name])
    try:
        _check(by, changed)
    except ValidationError:
        # The row is the request's own user, which the page is about to show.
        for name, value in old.items():
            setattr(by, name, value)
        raise
    if changed:
        by.save(update_fields=changed)
    return changed


def _check(member: User, changed: list[str]) -> None:
    others = {field.name for field in User._meta.fields} - set(changed)  # noqa: SLF001
    errors: dict[str, Any] = {}
    try:
        member.clean_fields(exclude=others)
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    checks = {
        "display_name": _check_name,
        "about": _check_about,
        "language": _check_language,
        "time_zone": _check_zone,
    }
    for name, check in checks.items():
        if name in changed and name not in errors:
            try:
                check(member)
            except ValidationError as error:
                errors[name] = error
    if errors:
        raise ValidationError(errors)


def _check_name(member: User) -> None:
    """Refuse a name that passes for another's, or that does not stay in its place on a page."""
    name = member.display_name
    if not _is_readable(name):
        raise ValidationError(_("A name holds no invisible characters."))
    if User.objects.filter(username__iexact=name).exclude(pk=member.pk).exists():
        raise ValidationError(_("That is another member's user name."))


def _check_about(member: User) -> None:
    if len(member.about) > ABOUT_MAX:
        raise ValidationError(
            ngettext("At most %(n)s character.", "At most %(n)s characters.", ABOUT_MAX)
            % {"n": ABOUT_MAX}
        )
    if not _is_readable(member.about.replace("\n", "")):
        raise ValidationError(_("The text holds invisible characters."))


def _check_language(member: User) -> None:
    if member.language and not preferences.is_language(member.language):
        raise ValidationError(_("The site does not speak that language."))


def _check_zone(member: User) -> None:
    if member.time_zone not in preferences.zones():
        raise ValidationError(_("There is no such time zone."))


def _is_readable(text: str) -> bool:
    """Tell whether a text has no character that is unseen or turns the line around.

    Joiners are letters' business in Arabic, Persian and among emoji.
    """
    return not any(
        unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        and letter not in "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
        for letter in text
    )
