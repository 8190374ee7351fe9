"""Addresses of the watch page and of claims. They never break."""

from django.urls import path

from annotations import views

app_name = "annotations"
urlpatterns = [
    path("videos/<str:platform>/<str:platform_id>/", views.watch, name="watch"),
    path("videos/<str:platform>/<str:platform_id>/reach/", views.reach, name="reach"),
    path("videos/<str:platform>/<str:platform_id>/claims/new/", views.claim_new, name="claim-new"),
    path("claims/", views.claim_list, name="claims"),
    path("claims/<int:number>/", views.claim, name="claim"),
    path("claims/<int:number>/edit/", views.claim_edit, name="claim-edit"),
    path("claims/<int:number>/withdraw/", views.claim_withdraw, name="claim-withdraw"),
    path("claims/<int:number>/history/", views.claim_history, name="claim-history"),
]
