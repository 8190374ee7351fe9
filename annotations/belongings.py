"""All that a member gave, as one archive: JSON files, and a README that says what they hold.

The archive is written while it is sent, table by table: nothing of it is ever kept, and it takes
no more memory for a member who imported a million records.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ApiToken, User
from annotations import models, revisions
from catalogue import models as films

ROWS_AT_ONCE = 500
_CHUNK = 64 * 1024
# What is ours alone: marks of work to be done, and what is derived from other columns.
_INTERNAL = frozenset(
    {
        "anchor_checked_at",
        "content_hash",
        "due_at",
        "leased_until",
        "mail_due_at",
        "search",
        "url_key",
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file: what it holds, and of which rows."""

    name: str
    meaning: str | Promise
    rows: QuerySet[Any]
    columns: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the rows as text, one JSON object each, read a few hundred at a time."""
        columns = self.columns or tuple(
            field.attname
            for field in self.rows.model._meta.concrete_fields  # noqa: SLF001
            if field.name not in _INTERNAL
        )
        for row in self.rows.order_by("pk").values(*columns).iterator(chunk_size=ROWS_AT_ONCE):
            yield json.dumps(row, cls=_Encoder, ensure_ascii=False)


class _Encoder(DjangoJSONEncoder):
    """Writes the bytes of imported records as the text they nearly always are."""

    def default(self, o: Any) -> Any:
        if isinstance(o, bytes | memoryview):
            return bytes(o).decode("utf-8", errors="backslashreplace")
        return super().default(o)


def archive(member: User) -> Iterator[bytes]:
    """Yield the archive, piece by piece. Its README is in the language that is on now."""
    parts = parts_of(member)
    return _pieces(parts, _readme(member, parts))


def parts_of(member: User) -> list[Part]:
    """Return all files, in the order of the archive."""
    return [*_account(member), *_written(member), *_brought(member), *_log(member)]


def _pieces(parts: list[Part], readme: str) -> Iterator[bytes]:
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", readme)
        for part in parts:
            with packed.open(f"{part.name}.json", "w", force_zip64=True) as file:
                opening = "[\n"
                for line in part.lines():
                    file.write(f"{opening}{line}".encode())
                    opening = ",\n"
                    if len(sink.written) > _CHUNK:
                        yield sink.take()
                file.write(b"[]\n" if opening == "[\n" else b"\n]\n")
            yield sink.take()
    yield sink.take()


class _Sink:
    """Where an archive is written to and taken from at once: it has no way back."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, piece: bytes) -> int:
        self.written += piece
        return len(piece)

    def flush(self) -> None:
        """Do nothing: whoever reads takes."""

    def close(self) -> None:
        """Do nothing."""

    def take(self) -> bytes:
        piece = bytes(self.written)
        self.written.clear()
        return piece


def _readme(member: User, parts: list[Part]) -> str:
    opening = _("What %(name)s gave to Sidenote, as of %(at)s. Times are in UTC.") % {
        "name": member.username,
        "at": timezone.now().strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    files = "\n".join(f"{part.name}.json: {part.meaning}" for part in parts)
    return f"{opening}\n\n{files}\n"


def _account(member: User) -> list[Part]:
    return [
        Part(
            "account",
            gettext_lazy("Your account and its settings"),
            User.objects.filter(pk=member.pk),
            (
                "id", "username", "email", "display_name", "about", "shows_presence", "language",
                "time_zone", "theme", "date_joined", "last_login", "is_moderator", "is_staff",
            ),
        ),
        Part(
            "email-addresses",
            gettext_lazy("Your e-mail addresses"),
            EmailAddress.objects.filter(user=member),
            ("email", "verified", "primary"),
        ),
        Part(
            "tokens",
            gettext_lazy("Your API tokens, without their secrets"),
            ApiToken.objects.filter(user=member),
            ("name", "token_key", "scopes", "created", "expiry"),
        ),
        Part(
            "second-steps",
            gettext_lazy("Your second steps, without their secrets"),
            Authenticator.objects.filter(user=member),
            ("type", "created_at", "last_used_at"),
        ),
        Part(
            "sessions",
            gettext_lazy("Where you are signed in"),
            UserSession.objects.filter(user=member),
            ("created_at", "last_seen_at", "ip", "user_agent"),
        ),
    ]  # fmt: skip


def _written(member: User) -> list[Part]:
    own = {"author": member}
    of = {"member": member}
    return [
        Part("claims", gettext_lazy("Claims that you marked"), models.Claim.objects.filter(**own)),
        Part(
            "occurrences",
            gettext_lazy("Moments of films that you said a claim is made at"),
            models.Occurrence.objects.filter(**own),
        ),
        Part(
            "evidence",
            gettext_lazy("Sources that you brought"),
            models.Evidence.objects.filter(**own),
        ),
        Part("comments", gettext_lazy("Your comments"), models.Comment.objects.filter(**own)),
        Part(
            "notes",
            gettext_lazy("Notes on films that you began"),
            models.Note.objects.filter(**own),
        ),
        Part(
            "speakers",
            gettext_lazy("Speakers that you added"),
            models.Speaker.objects.filter(**own),
        ),
        Part(
            "disclosures",
            gettext_lazy("Notes on who owns or funds a channel that you wrote"),
            models.Disclosure.objects.filter(**own),
        ),
        Part(
            "claim-tags",
            gettext_lazy("Tags that you gave to claims"),
            models.ClaimTag.objects.filter(added_by=member),
        ),
        Part("votes", gettext_lazy("Your votes"), models.VerdictVote.objects.filter(**of)),
        Part(
            "ratings",
            gettext_lazy("Your ratings of sources"),
            models.HelpfulnessRating.objects.filter(**of),
        ),
        Part("flags", gettext_lazy("What you flagged"), models.Flag.objects.filter(**of)),
        Part(
            "decisions",
            gettext_lazy("What you decided as a moderator"),
            models.Decision.objects.filter(by=member),
        ),
        Part(
            "merges",
            gettext_lazy("Merges that you proposed or decided on"),
            models.Merge.objects.filter(Q(proposed_by=member) | Q(decided_by=member)),
        ),
        Part(
            "moved-quotes",
            gettext_lazy("Moved quotes that you decided on"),
            models.AnchorProposal.objects.filter(decided_by=member),
        ),
        Part(
            "dismissed-suggestions",
            gettext_lazy("Suggested sources that you dismissed"),
            models.EvidenceSuggestion.objects.filter(dismissed_by=member),
        ),
        Part(
            "mentions",
            gettext_lazy("Comments that name you"),
            models.Mention.objects.filter(**of),
        ),
        Part(
            "last-look",
            gettext_lazy("When you last saw the recent changes"),
            models.LastLook.objects.filter(**of),
        ),
    ]


def _brought(member: User) -> list[Part]:
    return [
        Part(
            "video-tags",
            gettext_lazy("Tags that you gave to films"),
            films.VideoTag.objects.filter(added_by=member),
        ),
        Part(
            "tags", gettext_lazy("Tags that you made"), films.Tag.objects.filter(created_by=member)
        ),
        Part(
            "copies",
            gettext_lazy("Other places of films that you named"),
            films.Copy.objects.filter(Q(added_by=member) | Q(withdrawn_by=member)),
        ),
        Part(
            "transcripts",
            gettext_lazy("Transcripts that you brought"),
            films.Transcript.objects.filter(added_by=member),
        ),
        Part(
            "transcript-lines",
            gettext_lazy("Their lines"),
            films.Cue.objects.filter(transcript__added_by=member),
            ("transcript_id", "start_ms", "end_ms", "text"),
        ),
        Part(
            "subscriptions",
            gettext_lazy("What you follow"),
            films.Subscription.objects.filter(by=member),
        ),
        Part(
            "saved-searches",
            gettext_lazy("Searches that you saved"),
            films.SavedSearch.objects.filter(owner=member),
        ),
        Part(
            "watches",
            gettext_lazy("Phrases that you watch for"),
            films.PhraseWatch.objects.filter(owner=member),
            ("id", "phrase", "place", "language", "by_mail", "is_active", "since_at", "created_at"),
        ),
        Part(
            "watch-matches",
            gettext_lazy("Films in which they were found"),
            films.PhraseMatch.objects.filter(watch__owner=member),
        ),
        Part(
            "imports",
            gettext_lazy("Your imports"),
            films.ImportRun.objects.filter(Q(by=member) | Q(undone_by=member)),
        ),
        Part(
            "import-rows",
            gettext_lazy("Each record of your imports, with its text as you gave it"),
            films.ImportRow.objects.filter(run__by=member),
            (
                "run_id", "number", "source", "line", "subject", "outcome", "field", "reason",
                "video_id", "transcript_id", "raw", "undone", "undo_reason",
            ),
        ),
    ]  # fmt: skip


def _log(member: User) -> list[Part]:
    """Return the log of what the member wrote and changed, whoever's it was."""
    return [
        Part(
            f"log/{name}",
            gettext_lazy("Each version that you left behind"),
            revisions.events_of(name).filter(pgh_context__metadata__user=member.pk),
        )
        for name in revisions.TABLES
    ]
