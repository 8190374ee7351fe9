"""Addresses of the pages."""

from django.urls import URLPattern

app_name = "annotations"
urlpatterns: list[URLPattern] = []
