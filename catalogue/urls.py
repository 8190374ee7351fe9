"""Addresses of the catalogue's pages."""

from django.urls import path

from catalogue import ledger, views

app_name = "catalogue"
urlpatterns = [
    path("", views.index, name="index"),
    path("channels/", views.channels, name="channels"),
    path("channels/<int:number>/<str:slug>/", views.channel, name="channel"),
    path("imports/", ledger.imports, name="imports"),
    path("imports/addresses/", ledger.addresses, name="import-addresses"),
    path("imports/<int:number>/", ledger.import_run, name="import"),
    path("imports/<int:number>/rejects.csv", ledger.rejects, name="import-rejects"),
    path("imports/<int:number>/cancel/", ledger.cancel, name="import-cancel"),
    path("imports/<int:number>/undo/", ledger.undo, name="import-undo"),
    path("tags/", views.tags, name="tags"),
    path("tags/<str:slug>/", views.tag, name="tag"),
    path(
        "videos/<str:platform>/<str:platform_id>/transcripts/new/",
        views.video_transcript_new,
        name="video-transcript-new",
    ),
    path(
        "videos/<str:platform>/<str:platform_id>/tags/", views.video_tag_add, name="video-tag-add"
    ),
    path(
        "videos/<str:platform>/<str:platform_id>/tags/<str:slug>/remove/",
        views.video_tag_remove,
        name="video-tag-remove",
    ),
]
