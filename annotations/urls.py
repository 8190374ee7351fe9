"""Addresses of the watch page and of claims. They never break."""

from django.urls import path

from annotations.views import anchors, claims, watching

app_name = "annotations"
urlpatterns = [
    path("videos/<str:platform>/<str:platform_id>/", watching.watch, name="watch"),
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
    path("claims/<int:number>/", claims.claim, name="claim"),
    path("claims/<int:number>/edit/", claims.claim_edit, name="claim-edit"),
    path("claims/<int:number>/withdraw/", claims.claim_withdraw, name="claim-withdraw"),
    path("claims/<int:number>/history/", claims.claim_history, name="claim-history"),
]
