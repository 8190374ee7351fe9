"""Addresses under /api/v1/, what they speak, and their description."""

from typing import Any

from csp.decorators import csp_update
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularJSONAPIView,
    SpectacularSwaggerSplitView,
)
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from annotations.api import (
    anchors,
    claims,
    comments,
    disclosures,
    evidence,
    merges,
    moderation,
    notes,
    occurrences,
    ratings,
    revisions,
    speakers,
)
from annotations.models import Thing
from catalogue.api import (
    changes,
    channels,
    copies,
    counts,
    imports,
    me,
    searches,
    subscriptions,
    tags,
    transcripts,
    videos,
    watches,
)
from catalogue.rest import parameters
from catalogue.rest.answers import Endpoint, documented
from catalogue.rest.shapes import ProblemKind
from config import problem_kinds


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells of tokens."""

    target_class = "accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        """Return the scheme. OpenAPI has no word for `Token …`, so it is named by its header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token sn_…`, with a token made at /accounts/tokens/.",
        }


class Root(Endpoint):
    """The way in: what there is."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return the addresses of the lists, the schema and its reader."""
        parameters.read(request, ())
        names = (
            "videos", "channels", "tags", "cues", "changes", "claims", "occurrences", "evidence",
            "comments", "disclosures", "speakers",
            "revisions", "merges", "anchors", "decisions", "imports",
            "subscriptions", "searches", "watches", "me",
        )  # fmt: skip
        return Response(
            {
                name: reverse(f"api:{name}", request=request)
                for name in (*names, "problems", "schema", "docs")
            }
        )


class Problems(Endpoint):
    """The kinds of problems."""

    @documented(
        "problems_list",
        "List the kinds of problems",
        under="Problems",
        answer=ProblemKind(many=True),
    )
    def get(self, request: Request) -> Response:
        """Return what each kind means."""
        parameters.read(request, ())
        return Response([problem_kinds.describe(kind) for kind in problem_kinds.KINDS])


class ProblemDetail(Endpoint):
    """One kind of problem; its address is the `type` of such a problem."""

    @documented(
        "problems_read",
        "Read what a kind of problem means",
        under="Problems",
        answer=ProblemKind,
        problems=(404,),
    )
    def get(self, request: Request, name: str) -> Response:
        """Return what it means."""
        parameters.read(request, ())
        kind = problem_kinds.find_kind(name)
        if kind is None:
            raise NotFound(_("There is no such kind of problem."))
        return Response(problem_kinds.describe(kind))


class Schema(SpectacularAPIView):
    """The schema in YAML. There is one version; a parameter would only be repeated in a header."""

    def _get_version_parameter(self, request: Request) -> None:  # noqa: ARG002
        return None


class SchemaJSON(Schema, SpectacularJSONAPIView):
    """The schema in JSON."""


# Swagger UI draws its arrows by images inside its sheet; nothing else is let in for it.
docs = csp_update({"img-src": ["data:"]})(
    SpectacularSwaggerSplitView.as_view(
        url_name="api:schema", template_name="api/docs.html", title="Sidenote: the interface"
    )
)

# What has a log, and earlier versions that can come back, by the name in addresses.
LOGGED = {
    "claims": Thing.CLAIM,
    "occurrences": Thing.OCCURRENCE,
    "evidence": Thing.EVIDENCE,
    "comments": Thing.COMMENT,
    "speakers": Thing.SPEAKER,
    "notes": Thing.NOTE,
    "disclosures": Thing.DISCLOSURE,
}

app_name = "api"
urlpatterns = [
    path("", Root.as_view(), name="root"),
    path("videos/", videos.Videos.as_view(), name="videos"),
    path("videos/<str:key>/", videos.VideoDetail.as_view(), name="video"),
    path("videos/<str:key>/counts/", counts.VideoSamples.as_view(), name="video-counts"),
    path("videos/<str:key>/changes/", changes.VideoChanges.as_view(), name="video-changes"),
    path(
        "videos/<str:key>/transcripts/",
        transcripts.VideoTranscripts.as_view(),
        name="video-transcripts",
    ),
    path(
        "videos/<str:key>/transcripts/<str:language>/",
        transcripts.VideoTranscript.as_view(),
        name="video-transcript",
    ),
    path("videos/<str:key>/copies/", copies.VideoCopies.as_view(), name="video-copies"),
    path("videos/<str:key>/copies/<int:pk>/", copies.VideoCopy.as_view(), name="video-copy"),
    path("videos/<str:key>/tags/", tags.VideoTags.as_view(), name="video-tags"),
    path("videos/<str:key>/tags/<str:slug>/", tags.VideoTag.as_view(), name="video-tag"),
    path("changes/", changes.Changes.as_view(), name="changes"),
    path("cues/", transcripts.Cues.as_view(), name="cues"),
    path("channels/", channels.Channels.as_view(), name="channels"),
    path("channels/<int:pk>/", channels.ChannelDetail.as_view(), name="channel"),
    path("tags/", tags.Tags.as_view(), name="tags"),
    path("tags/<str:slug>/", tags.TagDetail.as_view(), name="tag"),
    path("claims/", claims.Claims.as_view(), name="claims"),
    path("claims/similar/", claims.SimilarClaims.as_view(), name="claims-similar"),
    path("claims/<int:pk>/", claims.ClaimDetail.as_view(), name="claim"),
    path("claims/<int:pk>/revisions/", claims.ClaimRevisions.as_view(), name="claim-revisions"),
    path("claims/<int:pk>/verdict/", ratings.ClaimVerdict.as_view(), name="claim-verdict"),
    path("claims/<int:pk>/verdicts/", ratings.ClaimVerdicts.as_view(), name="claim-verdicts"),
    path("claims/<int:pk>/vote/", ratings.ClaimVote.as_view(), name="claim-vote"),
    path("evidence/<int:pk>/rating/", ratings.EvidenceRating.as_view(), name="evidence-rating"),
    path("occurrences/", occurrences.Occurrences.as_view(), name="occurrences"),
    path("occurrences/<int:pk>/", occurrences.OccurrenceDetail.as_view(), name="occurrence"),
    path("evidence/", evidence.EvidenceCards.as_view(), name="evidence"),
    path("evidence/<int:pk>/", evidence.EvidenceCard.as_view(), name="evidence-card"),
    path("evidence/<int:pk>/checks/", evidence.EvidenceChecks.as_view(), name="evidence-checks"),
    path("speakers/", speakers.Speakers.as_view(), name="speakers"),
    path("speakers/<int:pk>/", speakers.SpeakerDetail.as_view(), name="speaker"),
    path("merges/", merges.Merges.as_view(), name="merges"),
    path("merges/<int:pk>/", merges.MergeDetail.as_view(), name="merge"),
    path("merges/<int:pk>/accept/", merges.MergeAccept.as_view(), name="merge-accept"),
    path("merges/<int:pk>/refuse/", merges.MergeRefuse.as_view(), name="merge-refuse"),
    path("merges/<int:pk>/undo/", merges.MergeUndo.as_view(), name="merge-undo"),
    path("merges/<int:pk>/withdraw/", merges.MergeWithdraw.as_view(), name="merge-withdraw"),
    path("comments/", comments.Comments.as_view(), name="comments"),
    path("comments/<int:pk>/", comments.CommentDetail.as_view(), name="comment"),
    path("disclosures/", disclosures.Disclosures.as_view(), name="disclosures"),
    path("disclosures/<int:pk>/", disclosures.DisclosureDetail.as_view(), name="disclosure"),
    path("flags/", moderation.Flags.as_view(), name="flags"),
    path("decisions/", moderation.Decisions.as_view(), name="decisions"),
    path("revisions/", revisions.Revisions.as_view(), name="revisions"),
    path("videos/<str:key>/note/", notes.VideoNote.as_view(), name="video-note"),
    path("videos/<str:key>/revisions/", revisions.FilmRevisions.as_view(), name="video-revisions"),
    path(
        "videos/<str:key>/revisions/<int:pk>/bring-back/",
        revisions.FilmTagBringBack.as_view(),
        name="video-tag-bring-back",
    ),
    *(
        path(
            f"{things}/<int:pk>/revisions/",
            revisions.log_of(thing, things).as_view(),
            name=f"{thing}-revisions",
        )
        # A claim's log tells of what belongs to it, too; a note's is its film's.
        for things, thing in LOGGED.items()
        if thing not in (Thing.CLAIM, Thing.NOTE)
    ),
    *(
        path(
            f"{things}/<int:pk>/restore/",
            revisions.restore_of(thing, things).as_view(),
            name=f"{thing}-restore",
        )
        for things, thing in LOGGED.items()
    ),
    *(
        path(
            f"{things}/<int:pk>/bring-back/",
            revisions.bring_back_of(thing, things).as_view(),
            name=f"{thing}-bring-back",
        )
        for things, thing in LOGGED.items()
        if thing not in (Thing.SPEAKER, Thing.NOTE)
    ),
    path("anchors/", anchors.Anchors.as_view(), name="anchors"),
    path("anchors/<int:pk>/", anchors.AnchorDetail.as_view(), name="anchor"),
    path("anchors/<int:pk>/accept/", anchors.AnchorAccept.as_view(), name="anchor-accept"),
    path("anchors/<int:pk>/refuse/", anchors.AnchorRefuse.as_view(), name="anchor-refuse"),
    path("videos/<str:key>/shift/", anchors.VideoShift.as_view(), name="video-shift"),
    path("imports/", imports.Imports.as_view(), name="imports"),
    path("imports/<int:pk>/", imports.ImportDetail.as_view(), name="import"),
    path("imports/<int:pk>/rows/", imports.ImportRows.as_view(), name="import-rows"),
    path("imports/<int:pk>/cancel/", imports.ImportCancel.as_view(), name="import-cancel"),
    path("imports/<int:pk>/undo/", imports.ImportUndo.as_view(), name="import-undo"),
    path("subscriptions/", subscriptions.Subscriptions.as_view(), name="subscriptions"),
    path(
        "subscriptions/<int:pk>/", subscriptions.SubscriptionDetail.as_view(), name="subscription"
    ),
    path(
        "subscriptions/<int:pk>/look/",
        subscriptions.SubscriptionLook.as_view(),
        name="subscription-look",
    ),
    path("searches/", searches.Searches.as_view(), name="searches"),
    path("searches/<int:pk>/", searches.SearchDetail.as_view(), name="search"),
    path("watches/", watches.Watches.as_view(), name="watches"),
    path("watches/<int:pk>/", watches.WatchDetail.as_view(), name="watch"),
    path("watches/<int:pk>/matches/", watches.WatchMatches.as_view(), name="watch-matches"),
    path("watches/<int:pk>/seen/", watches.WatchSeen.as_view(), name="watch-seen"),
    path("me/", me.Me.as_view(), name="me"),
    path("problems/", Problems.as_view(), name="problems"),
    path("problems/<str:name>/", ProblemDetail.as_view(), name="problem"),
    path("schema/", Schema.as_view(), name="schema"),
    path("schema.json", SchemaJSON.as_view(), name="schema-json"),
    path("docs/", docs, name="docs"),
]
