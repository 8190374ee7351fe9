"""What members set for themselves."""

from typing import Any, Final

from accounts.models import User

FIELDS: Final[tuple[str, ...]] = (
    "display_name", "about", "shows_presence", "language", "time_zone", "theme",
)  # fmt: skip


def change(*, by: User, **values: Any) -> list[str]:
    """Store some of a member's own settings; return the names of those that changed.

    Raises ValidationError, by field.
    """
    changed = [name for name in FIELDS if name in values and getattr(by, name) != values[name]]
    for name in changed:
        setattr(by, name, values[name])
    by.clean_fields(exclude={field.name for field in User._meta.fields} - set(changed))  # noqa: SLF001
    by.save(update_fields=changed)
    return changed
