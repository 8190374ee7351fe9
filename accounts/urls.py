"""Addresses of a member's own pages; signing up and in are allauth's."""

from django.urls import path

from accounts import language, views

app_name = "accounts"
urlpatterns = [
    path("language/", language.choose, name="language"),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<str:key>/revoke/", views.token_revoke, name="token-revoke"),
]
