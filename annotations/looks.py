"""What a member has seen of the changes: the line between what is new to them and what is not."""

from datetime import datetime

from accounts.models import User
from annotations.models import LastLook


def mark_seen(*, by: User, at: datetime, now: datetime) -> LastLook:
    """Keep that a member has seen what changed until `at`. Never goes back, never ahead of now."""
    look, is_new = LastLook.objects.get_or_create(member=by, defaults={"at": min(at, now)})
    if not is_new and look.at < at:
        look.at = min(at, now)
        look.save(update_fields=["at"])
    return look
