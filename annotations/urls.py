"""Addresses of the watch page and of claims. They never break."""

from django.urls import path

from annotations.models import Thing
from annotations.views import claims, history, notes, recent, watching

app_name = "annotations"
RESTORED = {
    "claims": Thing.CLAIM,
    "occurrences": Thing.OCCURRENCE,
    "evidence": Thing.EVIDENCE,
    "comments": Thing.COMMENT,
    "speakers": Thing.SPEAKER,
    "notes": Thing.NOTE,
}
urlpatterns = [
    path("videos/<str:platform>/<str:platform_id>/", watching.watch, name="watch"),
    path("videos/<str:platform>/<str:platform_id>/reach/", watching.reach, name="reach"),
    path(
        "videos/<str:platform>/<str:platform_id>/claims/new/", watching.claim_new, name="claim-new"
    ),
    path("claims/", claims.claim_list, name="claims"),
    path("claims/<int:number>/", claims.claim, name="claim"),
    path("claims/<int:number>/edit/", claims.claim_edit, name="claim-edit"),
    path("claims/<int:number>/withdraw/", claims.claim_withdraw, name="claim-withdraw"),
    path("claims/<int:number>/history/", claims.claim_history, name="claim-history"),
    path("videos/<str:platform>/<str:platform_id>/note/", notes.note_edit, name="note-edit"),
    path("videos/<str:platform>/<str:platform_id>/history/", history.of_film, name="film-history"),
    *(
        path(
            f"{things}/<int:number>/history/",
            history.of_thing,
            {"thing": RESTORED[things]},
            name=f"{RESTORED[things]}-history",
        )
        for things in ("evidence", "comments", "speakers")
    ),
    *(
        path(f"{things}/<int:number>/{way}/", view, {"thing": thing}, name=f"{thing}-{way}")
        for things, thing in RESTORED.items()
        for way, view in (("restore", history.restore), ("bring-back", history.bring_back))
    ),
    path("changes/", recent.changes, name="changes"),
    path("changes/seen/", recent.changes_seen, name="changes-seen"),
    path("changes/feed/", recent.Feed(), name="changes-feed"),
]
