"""Addresses of the catalogue's pages."""

from django.urls import path

from catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.index, name="index"),
    path("channels/", views.channels, name="channels"),
    path("channels/<int:number>/<str:slug>/", views.channel, name="channel"),
    path("tags/", views.tags, name="tags"),
    path("tags/<str:slug>/", views.tag, name="tag"),
    path(
        "videos/<str:platform>/<str:platform_id>/tags/", views.video_tag_add, name="video-tag-add"
    ),
    path(
        "videos/<str:platform>/<str:platform_id>/tags/<str:slug>/remove/",
        views.video_tag_remove,
        name="video-tag-remove",
    ),
]
