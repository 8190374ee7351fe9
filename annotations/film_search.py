"""What claims add to the search for films: a filter, its facet, and how much a film is discussed.

The catalogue knows of no claims: it is told of the filter (`catalogue.additions`), and sorts by
a number that it keeps and a sweep of ours writes.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from annotations.models import NOT_JUDGED, READABLE, Occurrence, VerdictState
from catalogue.additions import AddedFilter

ANY = "any"
CHOICES: dict[str, Any] = {
    ANY: _("of any state"),
    VerdictState.ACCURATE.value: VerdictState.ACCURATE.label,
    VerdictState.NEEDS_CONTEXT.value: VerdictState.NEEDS_CONTEXT.label,
    VerdictState.INACCURATE.value: VerdictState.INACCURATE.label,
    VerdictState.NEEDS_RATINGS.value: VerdictState.NEEDS_RATINGS.label,
}
LOOKS = {
    VerdictState.ACCURATE.value: "accurate",
    VerdictState.NEEDS_CONTEXT.value: "context",
    VerdictState.INACCURATE.value: "inaccurate",
    VerdictState.NEEDS_RATINGS.value: "open",
}
# What is only filed waits for no ratings.
JUDGED = Q(claim__is_checkable=True) & ~Q(claim__kind__in=NOT_JUDGED)

# A film is discussed as much as there are claims made in it and comments on those. Those that
# differ are locked in the order in which everyone locks films.
_DISCUSSED = """
WITH made AS (
    SELECT DISTINCT moment.video_id, moment.claim_id
      FROM annotations_occurrence AS moment JOIN annotations_claim AS claim
        ON claim.id = moment.claim_id
     WHERE moment.state = ANY(%(readable)s) AND claim.state = ANY(%(readable)s)
), said AS (
    SELECT made.video_id, sum(1 + coalesce(standing.comment_count, 0)) AS discussed
      FROM made LEFT JOIN annotations_claimstanding AS standing USING (claim_id)
     GROUP BY made.video_id
), known AS (
    SELECT video_id, discussed FROM catalogue_videocounts WHERE coalesce(discussed, 0) > 0
), differing AS (
    SELECT video_id, coalesce(said.discussed, 0) AS discussed
      FROM said FULL JOIN known USING (video_id)
     WHERE said.discussed IS DISTINCT FROM known.discussed
), held AS (
    SELECT counts.video_id, differing.discussed
      FROM catalogue_videocounts AS counts JOIN differing USING (video_id)
     ORDER BY video_id FOR NO KEY UPDATE OF counts SKIP LOCKED
)
UPDATE catalogue_videocounts AS counts SET discussed = held.discussed
  FROM held WHERE held.video_id = counts.video_id
"""


def with_claims(states: tuple[str, ...]) -> Q:
    """Return the condition that claims of any of some states are made in a film."""
    made = Occurrence.objects.visible()
    if ANY not in states:
        made = made.filter(JUDGED, claim__standing__state__in=states)
    return Q(pk__in=made.order_by().values("video"))


def count_states(films: Collection[int]) -> Mapping[str, int]:
    """Return in how many of some films claims of each state are made. One query."""
    # As one array: two thousand parameters take longer to write down than to look up.
    numbers: Any = RawSQL("SELECT unnest(%s::bigint[])", [list(films)])
    made = Occurrence.objects.visible().filter(video__in=numbers).order_by()
    counted = made.aggregate(
        **{
            state: Count(
                "video",
                distinct=True,
                filter=None if state == ANY else JUDGED & Q(claim__standing__state=state),
            )
            for state in CHOICES
        }
    )
    return {state: films for state, films in counted.items() if films}


CLAIMS = AddedFilter(
    name="claims",
    heading=_("Has claims that are"),
    description=(
        "What is stated of the claims made in the video; `any`: that some are made at all. "
        "Of several, any."
    ),
    choices=CHOICES,
    condition=with_claims,
    tally=count_states,
    looks=LOOKS,
)


def count_discussed() -> int:
    """Write how much each film is discussed where that has changed; returns of how many films.

    One statement; idempotent. A row that somebody else holds waits for the next sweep.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_DISCUSSED, {"readable": [str(state) for state in READABLE]})
        found: int = cursor.rowcount
    return found
