"""Addresses of the watch page and of claims. They never break."""

from django.urls import path

from annotations.views import claims, discussion, moderation, watching

app_name = "annotations"
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
]
