"""Tags: one word for one subject, on videos (and, above the catalogue, on claims)."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from catalogue.models import Tag, TagSource, Video, VideoTag

NAME_MAX = 100
# Folding can lengthen a name; the column holds 120.
_SLUG_MAX = 110
_SPACES = re.compile(r"\s+")
_DASHES = re.compile(r"[\s_-]+")
# What a slug leaves as it is; nearly all are so.
_PLAIN = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")


class TagInUse(Exception):
    """A tag that videos or claims still carry cannot be withdrawn."""


def clean_name(name: str) -> str:
    """Return a tag's name in its one spelling; raises ValidationError if there is none."""
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip().lstrip("#").strip()
    if not text or len(text) > NAME_MAX or not text.isprintable():
        raise ValidationError(
            ngettext(
                "A tag has 1 printable character.",
                "A tag has 1 to %(max)d printable characters.",
                NAME_MAX,
            )
            % {"max": NAME_MAX},
            code="tag",
        )
    return text


def slug_of(name: str) -> str:
    """Return the identity of a tag: `Sci-Fi`, `sci fi` and `SCI FI` are one.

    A function of the name alone, so that a whole batch can be looked up at once. Where
    the slug would lose characters (`C++`, `C#`, an emoji), six digits of a hash keep such
    names apart.
    """
    folded = _DASHES.sub("-", unicodedata.normalize("NFKC", name).casefold().strip()).strip("-")
    slug = folded if _PLAIN.fullmatch(folded) else slugify(folded, allow_unicode=True)
    if slug == folded and len(slug) <= _SLUG_MAX:
        return slug
    mark = hashlib.sha256(folded.encode()).hexdigest()[:6]
    return f"{slug[:_SLUG_MAX]}-{mark}" if slug else f"tag-{mark}"


def find_or_create(names: Iterable[str], *, by: User | None = None) -> list[Tag]:
    """Return the tags of these names in their order, each once, made where missing.

    Two queries for any number. Safe when others make or withdraw the same tags at the same
    time: inside a transaction the tags stay until its end. Raises ValidationError.
    """
    wanted: dict[str, str] = {}
    for name in names:
        cleaned = clean_name(name)
        wanted.setdefault(slug_of(cleaned), cleaned)
    found: dict[str, Tag] = {}
    with transaction.atomic():
        # Once more for a tag that was withdrawn between the two queries.
        while len(found) < len(wanted):
            # In one order for all, so that two at once wait for each other and never both.
            Tag.objects.bulk_create(
                [Tag(slug=slug, name=wanted[slug], created_by=by) for slug in sorted(wanted)],
                ignore_conflicts=True,
            )
            rows = Tag.objects.filter(slug__in=wanted).order_by("slug")
            found = {tag.slug: tag for tag in rows.select_for_update(no_key=True)}
    return [found[slug] for slug in wanted]


def create(*, by: User, name: str, description: str = "") -> Tag:
    """Make a tag. Raises ValidationError if it exists already."""
    cleaned = clean_name(name)
    tag = Tag(slug=slug_of(cleaned), name=cleaned, description=description, created_by=by)
    tag.clean_fields(exclude={"created_by"})
    try:
        with transaction.atomic():
            tag.save(force_insert=True)
    except IntegrityError:
        raise ValidationError(
            {"name": ValidationError(_("There is such a tag already."), code="exists")}
        ) from None
    return tag


def edit(tag: Tag, *, by: User, description: str) -> Tag:
    """Change what a tag says of itself. Its name is its identity and stays."""
    _require_owner(tag, by)
    tag.description = description
    tag.clean_fields(exclude={"created_by"})
    tag.save(update_fields=["description"])
    return tag


def withdraw(tag: Tag, *, by: User) -> None:
    """Take back a tag that nothing carries. Idempotent. Raises TagInUse, PermissionDenied."""
    _require_owner(tag, by)
    with transaction.atomic():
        if not Tag.objects.select_for_update().filter(pk=tag.pk):
            return
        if tag.video_tags.exists() or _is_carried_elsewhere(tag):
            raise TagInUse(_("Videos or claims carry this tag."))
        tag.delete()


def add_to_video(video: Video, name: str, *, by: User) -> VideoTag:
    """Put a tag on a video; the one that is there already is left as it is. Idempotent.

    Raises ValidationError for a name that is none, Video.DoesNotExist for a film that is gone.
    """
    # Triggers log what members do; who did it is named here.
    with transaction.atomic(), pghistory.context(user=by.pk):
        Video.objects.hold(video)
        (tag,) = find_or_create([name], by=by)
        placed, is_new = VideoTag.objects.get_or_create(
            video=video, tag=tag, defaults={"source": TagSource.MEMBER, "added_by": by}
        )
        if is_new:
            _make_searchable(video)
    return placed


def remove_from_video(video: Video, tag: Tag, *, by: User) -> None:
    """Take a member's own tag off a video; staff may take any member's. Idempotent.

    Raises PermissionDenied for a tag that the record or another member put there.
    """
    with transaction.atomic(), pghistory.context(user=by.pk):
        placed = VideoTag.objects.select_for_update().filter(video=video, tag=tag).first()
        if placed is None:
            return
        if not may_remove(placed, by):
            raise PermissionDenied(_("Only who added this tag can take it off."))
        placed.delete()
        _make_searchable(video)


def may_remove(placed: VideoTag, by: User) -> bool:
    """Tell whether a member may take this tag off. Tags in the record belong to the record."""
    return placed.source == TagSource.MEMBER and (placed.added_by_id == by.pk or by.is_staff)


def _make_searchable(video: Video) -> None:
    """Put what the video's tags are called now into its words for search, as ingest does."""
    row = Video.objects.select_for_update(no_key=True, of=("self",)).select_related("channel")
    present = row.only("category", "channel__name").get(pk=video.pk)
    placed = VideoTag.objects.filter(video=video).select_related("tag")
    names = [
        one.tag.name
        for one in sorted(
            placed, key=lambda one: (one.source == TagSource.MEMBER, one.position, one.pk)
        )
    ]
    words = [present.channel.name if present.channel else "", present.category, *names]
    Video.objects.filter(pk=video.pk).update(keywords="\n".join(filter(None, words)))


def _require_owner(tag: Tag, by: User) -> None:
    if tag.created_by_id != by.pk and not by.is_staff:
        raise PermissionDenied(_("Only who made this tag can change it."))


def _is_carried_elsewhere(tag: Tag) -> bool:
    """Tell whether rows above the catalogue point at the tag, without naming them."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: tag}).exists()  # noqa: SLF001
        for relation in Tag._meta.related_objects  # noqa: SLF001
        if relation.one_to_many
    )
