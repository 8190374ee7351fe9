"""Addresses of the catalogue's pages."""

from django.urls import path, register_converter

from catalogue import elsewhere, followed, gallery, kept, ledger, lookout, views


class ContentHash:
    """What names the files of a poster."""

    regex = "[0-9a-f]{9,32}"
    to_python = to_url = staticmethod(str)


register_converter(ContentHash, "hash")

app_name = "catalogue"
urlpatterns = [
    path("", views.index, name="index"),
    path("channels/", views.channels, name="channels"),
    path("channels/<int:number>/<str:slug>/", views.channel, name="channel"),
    path("posters/<hash:content_hash>-<int:width>.webp", gallery.poster, name="poster"),
    path("imports/", ledger.imports, name="imports"),
    path("imports/addresses/", ledger.addresses, name="import-addresses"),
    path("imports/<int:number>/", ledger.import_run, name="import"),
    path("imports/<int:number>/rejects.csv", ledger.rejects, name="import-rejects"),
    path("imports/<int:number>/cancel/", ledger.cancel, name="import-cancel"),
    path("imports/<int:number>/undo/", ledger.undo, name="import-undo"),
    path("searches/", kept.searches, name="searches"),
    path("searches/<int:number>/rename/", kept.search_rename, name="search-rename"),
    path("searches/<int:number>/delete/", kept.search_delete, name="search-delete"),
    path("subscriptions/", followed.subscriptions, name="subscriptions"),
    path("subscriptions/<int:number>/pause/", followed.pause, name="subscription-pause"),
    path("subscriptions/<int:number>/resume/", followed.resume, name="subscription-resume"),
    path("subscriptions/<int:number>/look/", followed.look_now, name="subscription-look"),
    path("subscriptions/<int:number>/delete/", followed.delete, name="subscription-delete"),
    path("tags/", views.tags, name="tags"),
    path("tags/<str:slug>/", views.tag, name="tag"),
    path("watches/", lookout.watches, name="watches"),
    path("watches/new/", lookout.watch_new, name="watch-new"),
    path("watches/stop/<str:token>/", lookout.watch_stop, name="watch-stop"),
    path("watches/<int:number>/", lookout.watch_phrase, name="watch-phrase"),
    path("watches/<int:number>/edit/", lookout.watch_edit, name="watch-edit"),
    path("watches/<int:number>/seen/", lookout.watch_seen, name="watch-seen"),
    path("watches/<int:number>/pause/", lookout.watch_pause, name="watch-pause"),
    path("watches/<int:number>/delete/", lookout.watch_delete, name="watch-delete"),
    path("copies/<int:number>/edit/", elsewhere.copy_edit, name="copy-edit"),
    path("copies/<int:number>/withdraw/", elsewhere.copy_withdraw, name="copy-withdraw"),
    path(
        "videos/<str:platform>/<str:platform_id>/copies/new/", elsewhere.copy_new, name="copy-new"
    ),
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
