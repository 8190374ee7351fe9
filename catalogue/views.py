"""Pages of the catalogue: films, channels, tags. Each list costs the same few queries."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from catalogue import channels as channel_operations
from catalogue import (
    facets,
    highlights,
    language_names,
    paging,
    search,
    search_page,
    transcripts,
    trends,
)
from catalogue import tags as tag_operations
from catalogue.forms import NameForm, TagForm, TranscriptForm
from catalogue.models import Channel, Tag, Video
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES

NAMES_PER_PAGE = 90
# The form around the file: its fields, the token, the boundaries.
TRANSCRIPT_BODY_MAX = MAX_SUBTITLES_BYTES + 100_000


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List films: search, filter, sort, page. A script asks for the list alone (`X-Part`)."""
    try:
        query = search.parse_query(request.GET)
        page = paging.page(
            search.videos(query).for_cards(),
            search.ordering(query),
            cursor=request.GET.get("cursor", ""),
        )
    except ValidationError as error:
        return _bad_query(request, error)
    found = facets.facets(query)
    said = search_page.said(query) if query.q and "cursor" not in request.GET else []
    context = {
        "query": query,
        "page": page,
        "trends": trends.views_of(page.items),
        "highlights": highlights.in_films(page.items, query.q),
        "facets": found,
        "chips": list(search_page.chips(request.GET, found, search.filter_names())),
        "carried": search_page.carried(request.GET, found, search.filter_names()),
        "said": said,
        "near": None if page.items or said else search_page.near_misses(query.q),
        "sorts": search_page.sorts(query),
        "layout": search_page.layout_of(request),
        "layouts": search_page.layouts(request),
    }
    is_part = request.headers.get("X-Part") == "list"
    response = render(request, f"catalogue/{'_results' if is_part else 'index'}.html", context)
    patch_vary_headers(response, ("X-Part",))
    search_page.keep_layout(request, response)
    return response


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """List channels by name."""
    return _names(request, Channel.objects.all(), "videos", "catalogue/channels.html")


@require_safe
def tags(request: HttpRequest) -> HttpResponse:
    """List tags by name."""
    return _names(request, Tag.objects.all(), "video_tags", "catalogue/tags.html")


@require_safe
def channel(request: HttpRequest, number: int, slug: str) -> HttpResponse:
    """Show a channel's films, newest first. The number is its identity, the rest may change."""
    row = get_object_or_404(Channel, pk=number)
    if slug != row.slug:
        return redirect(row, permanent=True)
    query = search.Query(channel=(row.pk,))
    context = {"channel": row, "numbers": channel_operations.numbers_of(row)}
    return _films(request, query, "catalogue/channel.html", **context)


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the films that carry a tag, newest first."""
    row = get_object_or_404(Tag, slug=slug)
    return _films(request, search.Query(tag=(row.slug,)), "catalogue/tag.html", tag=row)


@login_required
@require_POST
def video_tag_add(request: MemberRequest, platform: str, platform_id: str) -> HttpResponse:
    """Put a tag on a film."""
    video = get_object_or_404(Video.objects.identified(platform, platform_id))
    form = TagForm(request.POST)
    if form.is_valid():
        try:
            placed = tag_operations.add_to_video(video, form.cleaned_data["name"], by=request.user)
        except Video.DoesNotExist as error:
            raise Http404 from error
        messages.success(request, _("Tagged “%(tag)s”.") % {"tag": placed.tag.name})
    else:
        messages.error(request, " ".join(str(error) for error in form.errors["name"]))
    return redirect(video)


@login_required
@require_POST
def video_tag_remove(
    request: MemberRequest, platform: str, platform_id: str, slug: str
) -> HttpResponse:
    """Take one's own tag off a film."""
    video = get_object_or_404(Video.objects.identified(platform, platform_id))
    row = get_object_or_404(Tag, slug=slug)
    tag_operations.remove_from_video(video, row, by=request.user)
    messages.success(request, _("Took the tag “%(tag)s” off.") % {"tag": row.name})
    return redirect(video)


@csrf_exempt
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def video_transcript_new(request: MemberRequest, platform: str, platform_id: str) -> HttpResponse:
    """Add a transcript from a file. If parts of it had to be left out, say which.

    Django would take in a whole body to find its token. Here its length is looked at first.
    """
    video = get_object_or_404(Video.objects.for_page().identified(platform, platform_id))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > TRANSCRIPT_BODY_MAX:
        context = {"most": MAX_SUBTITLES_BYTES, "back": request.path}
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return render(request, "catalogue/too_large.html", context, status=status)
    return _receive(request, video)


@csrf_protect
def _receive(request: MemberRequest, video: Video) -> HttpResponse:
    form = TranscriptForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        initial={"language": video.language},
    )
    if request.method == "POST" and form.is_valid() and (done := _store(form, video, request.user)):
        problems = form.cleaned_data["file"][1].problems
        language = done.transcript.language
        url = done.transcript.get_absolute_url()
        if problems:
            context = {"video": video, "url": url, "problems": problems, "language": language}
            return render(request, "catalogue/transcript_stored.html", context)
        messages.success(request, _("The transcript is stored. Thank you."))
        return redirect(url)
    languages = language_names.choices(language_names.COMMON)
    shown = {"video": video, "form": form, "languages": languages}
    return render(request, "catalogue/transcript_form.html", shown)


def _store(form: TranscriptForm, video: Video, by: User) -> transcripts.Stored | None:
    """Store what a valid form says; None if that is refused, and the form tells why."""
    name, subtitles = form.cleaned_data["file"]
    try:
        return transcripts.store(
            video,
            language=form.cleaned_data["language"],
            cues=subtitles.cues,
            kind=form.cleaned_data["kind"] or transcripts.kind_of(subtitles),
            source=name,
            by=by,
        )
    except PermissionDenied as error:
        form.add_error(None, str(error))
    except Video.DoesNotExist as error:
        raise Http404 from error
    return None


# --- What the pages share -------------------------------------------------------------


def _films(
    request: HttpRequest, query: search.Query, template: str, **context: Any
) -> HttpResponse:
    try:
        page = paging.page(
            search.videos(query).for_cards(),
            search.ordering(query),
            cursor=request.GET.get("cursor", ""),
        )
    except ValidationError as error:
        return _bad_query(request, error)
    return render(
        request,
        template,
        {"page": page, "trends": trends.views_of(page.items), "highlights": {}, **context},
    )


def _names(
    request: HttpRequest, rows: QuerySet[Channel] | QuerySet[Tag], films: str, template: str
) -> HttpResponse:
    """List rows that have a name, with how many films each has. Two queries."""
    form = NameForm(request.GET)
    if not form.is_valid():
        return _bad_query(request, form.errors.as_data())
    q = form.cleaned_data["q"]
    try:
        page = paging.page(
            rows.filter(name__icontains=q) if q else rows,
            paging.BY_NAME,
            cursor=request.GET.get("cursor", ""),
            size=NAMES_PER_PAGE,
        )
    except ValidationError as error:
        return _bad_query(request, error)
    counted = rows.filter(pk__in=[row.pk for row in page.items]).order_by()
    counts = dict(counted.values_list("pk").annotate(films=Count(films)))
    return render(request, template, {"form": form, "q": q, "page": page, "counts": counts})


def _bad_query(
    request: HttpRequest, error: ValidationError | dict[str, list[ValidationError]]
) -> HttpResponse:
    """Say which part of the address cannot be read, and lead back."""
    by_name = error.error_dict if isinstance(error, ValidationError) else error
    wrong = {
        name: [text for one in errors for text in one.messages] for name, errors in by_name.items()
    }
    context = {"wrong": wrong, "path": request.path}
    return render(request, "catalogue/bad_query.html", context, status=HTTPStatus.BAD_REQUEST)
