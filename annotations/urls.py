"""Addresses of the watch page, of claims and of evidence. They never break."""

from django.urls import path

from annotations.models import Thing
from annotations.views import (
    about,
    anchors,
    belongings,
    claims,
    disclosures,
    discussion,
    evidence,
    here,
    history,
    merging,
    moderation,
    news,
    notes,
    people,
    places,
    ratings,
    recent,
    speakers,
    watching,
)

app_name = "annotations"
RESTORED = {
    "claims": Thing.CLAIM,
    "occurrences": Thing.OCCURRENCE,
    "evidence": Thing.EVIDENCE,
    "comments": Thing.COMMENT,
    "speakers": Thing.SPEAKER,
    "notes": Thing.NOTE,
    "disclosures": Thing.DISCLOSURE,
}
urlpatterns = [
    path("accounts/settings/data/", belongings.belongings, name="belongings"),
    path("accounts/settings/data/archive.zip", belongings.archive, name="archive"),
    path("accounts/settings/leave/", belongings.leave, name="leave"),
    path("videos/<str:platform>/<str:platform_id>/", watching.watch, name="watch"),
    path("videos/<str:platform>/<str:platform_id>/news/", news.of_video, name="video-news"),
    path("videos/<str:platform>/<str:platform_id>/here/", here.of_video, name="video-here"),
    path("here/leave/", here.leave, name="here-leave"),
    path("claims/<int:number>/here/", here.of_claim, name="claim-here"),
    path("claims/<int:number>/news/", news.of_claim, name="claim-news"),
    path("videos/<str:platform>/<str:platform_id>/reach/", watching.reach, name="reach"),
    path(
        "videos/<str:platform>/<str:platform_id>/claims/new/", watching.claim_new, name="claim-new"
    ),
    path("videos/<str:platform>/<str:platform_id>/anchors/", anchors.film, name="film-anchors"),
    path("anchors/", anchors.queue, name="anchors"),
    path("anchors/<int:number>/accept/", anchors.accept, name="anchor-accept"),
    path("anchors/<int:number>/refuse/", anchors.refuse, name="anchor-refuse"),
    path("anchors/<int:number>/place/", anchors.place, name="anchor-place"),
    path("claims/", claims.claim_list, name="claims"),
    path("claims/similar/", places.similar, name="similar"),
    path("claims/<int:number>/", claims.claim, name="claim"),
    path("claims/<int:number>/edit/", claims.claim_edit, name="claim-edit"),
    path("claims/<int:number>/withdraw/", claims.claim_withdraw, name="claim-withdraw"),
    path("claims/<int:number>/history/", claims.claim_history, name="claim-history"),
    path("claims/<int:number>/evidence/new/", evidence.evidence_new, name="evidence-new"),
    path("evidence/<int:number>/edit/", evidence.evidence_edit, name="evidence-edit"),
    path("evidence/<int:number>/withdraw/", evidence.evidence_withdraw, name="evidence-withdraw"),
    path("claims/<int:number>/vote/", ratings.vote, name="claim-vote"),
    path("claims/<int:number>/vote/take-back/", ratings.vote_back, name="claim-vote-back"),
    path("evidence/<int:number>/rating/", ratings.rate, name="evidence-rating"),
    path(
        "evidence/<int:number>/rating/take-back/", ratings.rating_back, name="evidence-rating-back"
    ),
    path("about/method/", about.method, name="method"),
    path("claims/<int:number>/occurrences/new/", places.occurrence_new, name="occurrence-new"),
    path("claims/<int:number>/merge/", merging.claim_merge, name="claim-merge"),
    path("occurrences/<int:number>/speaker/", places.occurrence_speaker, name="occurrence-speaker"),
    path("speakers/", speakers.speaker_list, name="speakers"),
    path("speakers/<int:number>/", speakers.speaker, name="speaker"),
    path("speakers/<int:number>/edit/", speakers.speaker_edit, name="speaker-edit"),
    path("speakers/<int:number>/merge/", merging.speaker_merge, name="speaker-merge"),
    path("merges/", merging.merge_list, name="merges"),
    path("merges/<int:number>/", merging.merge, name="merge"),
    path("merges/<int:number>/accept/", merging.accept, name="merge-accept"),
    path("merges/<int:number>/refuse/", merging.refuse, name="merge-refuse"),
    path("merges/<int:number>/undo/", merging.undo, name="merge-undo"),
    path("merges/<int:number>/withdraw/", merging.withdraw, name="merge-withdraw"),
    path("claims/<int:number>/comments/new/", discussion.comment_new, name="comment-new"),
    path("comments/<int:number>/", discussion.comment, name="comment"),
    path("comments/<int:number>/edit/", discussion.comment_edit, name="comment-edit"),
    path("comments/<int:number>/withdraw/", discussion.comment_withdraw, name="comment-withdraw"),
    path(
        "suggestions/<int:number>/dismiss/",
        discussion.suggestion_dismiss,
        name="suggestion-dismiss",
    ),
    path("mentions/", discussion.mentions, name="mentions"),
    path("mentions/seen/", discussion.mentions_seen, name="mentions-seen"),
    path("flags/new/", moderation.flag_new, name="flag-new"),
    path("moderation/", moderation.queue, name="queue"),
    path("moderation/log/", moderation.log, name="decisions"),
    path("moderation/<slug:thing>/<int:number>/", moderation.record, name="record"),
    path("moderation/<slug:thing>/<int:number>/decide/", moderation.decide, name="decide"),
    path("videos/<str:platform>/<str:platform_id>/note/", notes.note_edit, name="note-edit"),
    path("videos/<str:platform>/<str:platform_id>/history/", history.of_film, name="film-history"),
    path(
        "videos/<str:platform>/<str:platform_id>/history/tag/",
        history.bring_tag_back,
        name="film-tag-bring-back",
    ),
    *(
        path(
            f"{things}/<int:number>/history/",
            history.of_thing,
            {"thing": RESTORED[things]},
            name=f"{RESTORED[things]}-history",
        )
        for things in ("evidence", "comments", "speakers", "disclosures")
    ),
    *(
        path(f"{things}/<int:number>/{way}/", view, {"thing": thing}, name=f"{thing}-{way}")
        for things, thing in RESTORED.items()
        for way, view in (("restore", history.restore), ("bring-back", history.bring_back))
    ),
    path("channels/<int:number>/notes/new/", disclosures.disclosure_new, name="disclosure-new"),
    path("disclosures/<int:number>/", disclosures.disclosure, name="disclosure"),
    path("disclosures/<int:number>/edit/", disclosures.disclosure_edit, name="disclosure-edit"),
    path(
        "disclosures/<int:number>/withdraw/",
        disclosures.disclosure_withdraw,
        name="disclosure-withdraw",
    ),
    path("people/<str:name>/", people.person, name="person"),
    path("changes/", recent.changes, name="changes"),
    path("changes/seen/", recent.changes_seen, name="changes-seen"),
    path("changes/feed/", recent.Feed(), name="changes-feed"),
]
