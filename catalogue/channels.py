"""Channels: what their films come to; and those that were called otherwise.

The films of a renamed channel are found by its new name.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Sum

from catalogue.models import Channel, Video

BATCH_SIZE = 500
# A channel's page counts the films of one with more no further.
COUNTED_MAX = 2000


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the films of a channel come to, `films` COUNTED_MAX + 1 for more than are counted.

    `views` is the sum of what is known, None if nothing is.
    """

    films: int
    views: int | None
    first: datetime | None
    last: datetime | None

    @property
    def most(self) -> int:
        """Return up to how many films are counted."""
        return COUNTED_MAX


# What ingest writes there too: the channel, the category, the record's tags, the members'.
_KEYWORDS = """
concat_ws(E'\\n', c.name, nullif(v.category, ''), (
    SELECT string_agg(g.name, E'\\n' ORDER BY k.source = 'member', k.position, k.id)
      FROM catalogue_videotag k JOIN catalogue_tag g ON g.id = k.tag_id
     WHERE k.video_id = v.id
))
"""

_FIND = f"""
SELECT v.id FROM catalogue_video v JOIN catalogue_channel c ON c.id = v.channel_id
 WHERE c.id = %s AND v.id > %s AND v.keywords IS DISTINCT FROM {_KEYWORDS}
 ORDER BY v.id LIMIT %s
"""  # noqa: S608

_LOCK = "SELECT id FROM catalogue_video WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

_RENEW = f"""
UPDATE catalogue_video v SET keywords = {_KEYWORDS}
  FROM catalogue_channel c
 WHERE v.id = ANY(%s) AND c.id = v.channel_id
"""  # noqa: S608


def numbers_of(channel: Channel) -> Numbers:
    """Return what the newest films of a channel come to. One query."""
    newest = Video.objects.filter(channel=channel).order_by("-published_at")
    counted = Video.objects.filter(pk__in=newest.values("pk")[: COUNTED_MAX + 1])
    return Numbers(
        **counted.aggregate(
            films=Count("pk"),
            views=Sum("counts__views"),
            first=Min("published_at"),
            last=Max("published_at"),
        )
    )


def renew_keywords(*, now: datetime, limit: int) -> int:
    """Renew the words for search of films whose channel got another name; returns how many.

    Up to `limit` films, those of the longest due channel first; a channel that has more stays
    due. Films are locked by number like everyone locks them, 500 in one transaction, and the
    channel is not locked at all: one that is renamed meanwhile is due again. Killed at any
    moment it loses nothing, and any number may run at once.
    """
    done = 0
    while done < limit:
        channel = (
            Channel.objects.filter(keywords_due_at__lte=now).order_by("keywords_due_at").first()
        )
        if channel is None:
            break
        renewed, is_whole = _renew(channel, limit - done)
        done += renewed
        if is_whole:
            due = Channel.objects.filter(pk=channel.pk, keywords_due_at=channel.keywords_due_at)
            due.update(keywords_due_at=None)
    return done


def _renew(channel: Channel, limit: int) -> tuple[int, bool]:
    """Renew up to `limit` films of a channel; tell how many, and whether that was all."""
    done = after = 0
    while done < limit:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FIND, [channel.pk, after, min(BATCH_SIZE, limit - done)])
            videos = [pk for (pk,) in cursor.fetchall()]
            if not videos:
                return done, True
            cursor.execute(_LOCK, [videos])
            cursor.execute(_RENEW, [videos])
        done += len(videos)
        after = videos[-1]
    return done, False
