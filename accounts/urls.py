"""Addresses of a member's own pages; signing up and in are allauth's."""

from django.urls import path
from django.views.generic import RedirectView

from accounts import language, views

app_name = "accounts"
urlpatterns = [
    path("settings/", RedirectView.as_view(pattern_name="accounts:profile"), name="settings"),
    path("settings/profile/", views.profile, name="profile"),
    path("settings/display/", views.display, name="display"),
    path("language/", language.choose, name="language"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:key>/revoke/", views.token_revoke, name="token-revoke"),
]
