"""The member and the member's API tokens."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

# Nobody signs in by a name that is another's e-mail address, nor passes for its owner.
validate_username = RegexValidator(
    r"^[A-Za-z0-9_.+-]+\Z", _("Only letters, digits and . + - _ stand in a user name.")
)

ABOUT_MAX = 500
# What those who left are called, before their number.
TOMBSTONE = "former-member-"


class Theme(models.TextChoices):
    """How pages look."""

    SYSTEM = "system", _("As the device is set")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):  # type: ignore[django-manager-missing]
    """A member. The user name is public, the e-mail address is not.

    Names are never asked for; the two columns of Django's own model are gone so that
    nobody fills them by accident.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        _("user name"),
        max_length=40,
        unique=True,
        validators=[validate_username],
        help_text=_("Public. Letters, digits and . + - _"),
    )
    email = models.EmailField(_("e-mail address"), unique=True)
    is_moderator = models.BooleanField(
        _("moderator"),
        default=False,
        help_text=_("May hide, lock and merge what members wrote, and decides on flags."),
    )

    display_name = models.CharField(
        _("public name"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Shown on your page beside your user name, which stays what it is."),
    )
    about = models.TextField(
        _("about you"),
        max_length=ABOUT_MAX,
        blank=True,
        default="",
        help_text=_("Public. Addresses become links."),
    )
    shows_presence = models.BooleanField(
        _("Show my name to those who are on the same film"),
        default=False,
        help_text=_("Otherwise you are counted, and not named."),
    )
    # Empty: as the browser asks.
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("theme"), max_length=6, choices=Theme, default=Theme.SYSTEM)

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            # Two members whose names differ by case only could pass for each other.
            models.UniqueConstraint(Lower("username"), name="user_username_ci"),
            models.UniqueConstraint(Lower("email"), name="user_email_ci"),
        ]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        """Return the public name."""
        return self.display_name or self.username

    def get_short_name(self) -> str:
        """Return the public name."""
        return self.username


class Scope(models.TextChoices):
    """What a token may do for its member."""

    READ = "read", _("Read what the member may read")
    WRITE = "write", _("Mark, edit and withdraw claims and tags; add videos")


def read_and_write() -> list[str]:
    """Return the scopes of a token when none are chosen."""
    return [Scope.READ.value, Scope.WRITE.value]


class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """A named, scoped, expiring token; only its hash is stored."""

    name = models.CharField(_("name"), max_length=80)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), default=read_and_write)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def scope_labels(self) -> list[str]:
        """What the token may do, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]
