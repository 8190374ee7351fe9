"""Pages of watched phrases: one's own, what was found, and stopping the letters."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from catalogue import digests, language_names, paging
from catalogue import watches as operations
from catalogue.forms import WatchForm
from catalogue.models import PHRASE_MAX, PhraseWatch, WatchPlace

NEWEST = paging.Ordering("newest", F("id"), paging.read_number)
MATCHES_PER_PAGE = 30


@login_required
@require_safe
def watches(request: MemberRequest) -> HttpResponse:
    """List one's watches with what is new. There are a hundred at most."""
    rows = PhraseWatch.objects.filter(owner=request.user).for_list()
    return render(request, "catalogue/watches.html", {"watches": rows})


@login_required
@require_safe
def watch_phrase(request: MemberRequest, number: int) -> HttpResponse:
    """Show what was found of one phrase, newest first."""
    row = _get_own(request, number)
    try:
        page = paging.page(
            row.matches.for_page(),
            NEWEST,
            cursor=request.GET.get("cursor", ""),
            size=MATCHES_PER_PAGE,
        )
    except ValidationError:
        return redirect(row)
    context = {
        "watch": row,
        "page": page,
        "newest": page.items[0].pk if page.items else None,
        "is_new": any(match.seen_at is None for match in page.items),
        "asked": _asked(row.phrase),
    }
    return render(request, "catalogue/watched.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def watch_new(request: MemberRequest) -> HttpResponse:
    """Watch for a phrase. With one in the address, say first what matches it now."""
    if request.method != "POST":
        names = ("phrase", "place", "language")
        given = {name: request.GET.get(name, "").replace("\0", "") for name in names}
        given["phrase"] = operations.clean_phrase(given["phrase"])[:PHRASE_MAX]
        form = WatchForm(initial={**given, "by_mail": "by_mail" in request.GET})
        return _form_page(request, form, _present(given))
    form = WatchForm(request.POST)
    if form.is_valid():
        try:
            row = operations.create(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            present = operations.count_present(row.phrase, row.place, row.language)
            messages.success(request, f"{_('Watching from now on.')} {_told(present)}")
            return redirect(row)
    return _form_page(request, form, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def watch_edit(request: MemberRequest, number: int) -> HttpResponse:
    """Change what is watched for."""
    row = _get_own(request, number)
    initial = {name: getattr(row, name) for name in ("phrase", "place", "language", "by_mail")}
    form = WatchForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            operations.edit(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except PhraseWatch.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Saved."))
            return redirect(row)
    return _form_page(request, form, None, watch=row)


@login_required
@require_POST
def watch_seen(request: MemberRequest, number: int) -> HttpResponse:
    """Mark what was shown as seen."""
    row = _get_own(request, number)
    until = request.POST.get("until", "")
    is_number = until.isascii() and until.isdigit() and len(until) < 19
    operations.mark_seen(row, by=request.user, until=int(until) if is_number else None)
    return redirect(row)


@login_required
@require_POST
def watch_pause(request: MemberRequest, number: int) -> HttpResponse:
    """Pause a watch, or go on with it: `on` says which."""
    row = _get_own(request, number)
    is_active = request.POST.get("on") == "1"
    try:
        operations.edit(row, by=request.user, is_active=is_active)
    except PhraseWatch.DoesNotExist as error:
        raise Http404 from error
    messages.success(
        request, _("Watching from now on.") if is_active else _("Paused. Nothing is looked for.")
    )
    return redirect("catalogue:watches")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def watch_delete(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, then stop watching."""
    row = _get_own(request, number)
    if request.method != "POST":
        return render(request, "catalogue/watch_delete.html", {"watch": row})
    operations.remove(row, by=request.user)
    messages.success(request, _("No longer watching for “%(phrase)s”.") % {"phrase": row.phrase})
    return redirect("catalogue:watches")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def watch_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop all letters to a member, by the link in one; the link is what gives the right.

    Mail programs post here by themselves, without our token against forgery.
    """
    try:
        owner = digests.owner_of(token)
    except (BadSignature, User.DoesNotExist, ValueError) as error:
        raise Http404(_("This link is none of ours.")) from error
    if request.method == "POST":
        operations.stop_mail(owner)
    return render(request, "catalogue/watch_stop.html", {"is_done": request.method == "POST"})


# --- What they share ------------------------------------------------------------------


def _get_own(request: MemberRequest, number: int) -> PhraseWatch:
    return get_object_or_404(PhraseWatch, pk=number, owner=request.user)


def _form_page(
    request: MemberRequest,
    form: WatchForm,
    present: operations.Present | None,
    **context: PhraseWatch,
) -> HttpResponse:
    languages = language_names.choices(language_names.COMMON)
    shown: dict[str, Any] = {"watch": None, **context, "form": form, "languages": languages}
    if present:
        shown |= {"told": _told(present), "asked": _asked(str(form.initial["phrase"]))}
    return render(request, "catalogue/watch_form.html", {"told": "", "asked": "", **shown})


def _present(given: dict[str, str]) -> operations.Present | None:
    """Return what matches a phrase out of an address, if it is one."""
    if given["place"] not in WatchPlace.values:
        given["place"] = WatchPlace.BOTH
    try:
        operations.check(**given)
    except ValidationError:
        return None
    return operations.count_present(**given)


def _told(present: operations.Present) -> str:
    if not present.count:
        return _("Nothing in the catalogue says it yet.")
    if present.is_more:
        told = ngettext(
            "More than %(count)d film in the catalogue says it already.",
            "More than %(count)d films in the catalogue say it already.",
            present.count,
        )
    else:
        told = ngettext(
            "One film in the catalogue says it already.",
            "%(count)d films in the catalogue say it already.",
            present.count,
        )
    return told % {"count": present.count}


def _asked(phrase: str) -> str:
    """Return a phrase as the catalogue's search takes it: as one."""
    return f'"{phrase}"'
