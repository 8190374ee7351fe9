"""Where allauth asks us: new members, letters, and the secrets of second steps."""

import base64
import hashlib
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.encoding import force_bytes
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathImage

from accounts.models import TOMBSTONE, User
from accounts.preferences import chosen_by


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Members keep the language they signed up in, and get their letters in it."""

    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: Any,
        commit: bool = True,  # noqa: FBT001, FBT002 - as allauth calls it
    ) -> User:
        """Store a new member."""
        user.language = get_language() or ""
        stored: User = super().save_user(request, user, form, commit)
        return stored

    def clean_username(
        self,
        username: str,
        shallow: bool = False,  # noqa: FBT001, FBT002 - as allauth calls it
    ) -> str:
        """Return a new member's name. Raises ValidationError: nobody passes for one who left."""
        if username.lower().startswith(TOMBSTONE):
            raise ValidationError(_("That name is kept for members who left."))
        cleaned: str = super().clean_username(username, shallow)
        return cleaned

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to a member in their language, whoever is the cause of the letter."""
        member = context.get("user")
        if not isinstance(member, User):
            return super().send_mail(template_prefix, email, context)  # type: ignore[no-any-return]
        with chosen_by(member):
            return super().send_mail(template_prefix, email, context)  # type: ignore[no-any-return]


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps secrets encrypted: a copy of the database alone makes nobody's codes."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return _cipher().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret; those of earlier keys (SECRET_KEY_FALLBACKS) too."""
        return _cipher().decrypt(encrypted_text.encode("ascii")).decode()

    def build_totp_svg(self, url: str) -> str:
        """Return the picture to scan as an element: the policy lets in no `data:` address."""
        picture: Any = qrcode.make(url, image_factory=SvgPathImage, border=2)
        drawn: str = picture.to_string(encoding="unicode")
        return drawn


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"second step:" + force_bytes(key)).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
