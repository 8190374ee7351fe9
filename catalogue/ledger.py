"""Pages of the ledger: what came in, what became of it, bringing in more, and taking back."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from catalogue import ingest, paging
from catalogue.forms import AddressForm, UploadForm
from catalogue.ingest import fetches
from catalogue.ingest.undo import report
from catalogue.ingest.uploads import BYTES_MAX, FILES_MAX
from catalogue.models import ImportRow, ImportRun, Outcome, UndoOutcome

RUNS_PER_PAGE = 30
ROWS_PER_PAGE = 50
# The form around the files: their names, the token, the boundaries.
BODY_MAX = BYTES_MAX + 100_000

LATEST = paging.Ordering("latest", F("id"), paging.read_number)
IN_ORDER = paging.Ordering("number", F("number"), paging.read_number, descending=False)

# A spreadsheet takes what begins with one of these for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Share:
    """What part of a run's records had one outcome, in thousandths of a bar."""

    value: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Forms:
    """What a member can bring in from the page of the ledger."""

    addresses: AddressForm = field(default_factory=AddressForm)
    upload: UploadForm = field(default_factory=UploadForm)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """List imports, newest first; a member brings record files in.

    Django would take in a whole body to find its token. Here its length is looked at first.
    """
    if request.method != "POST":
        return _list(request, Forms())
    if not isinstance(request.user, User):
        return redirect_to_login(request.path)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BODY_MAX:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        context = {"most": BYTES_MAX, "back": request.path}
        return render(request, "catalogue/too_large.html", context, status=status)
    return _receive(request, by=request.user)


@csrf_protect
def _receive(request: HttpRequest, *, by: User) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, Forms(upload=form))
    is_dry = form.cleaned_data["dry_run"]
    told = ingest.upload(form.cleaned_data["records"], by=by, is_dry=is_dry)
    if is_dry:
        context = {"told": told, "outcomes": _outcomes(told.run), "shares": _shares(told.run)}
        return render(request, "catalogue/import_rehearsal.html", context)
    messages.success(request, _("Done. This is what became of each record."))
    return redirect(told.run)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def addresses(request: MemberRequest) -> HttpResponse:
    """Note pasted addresses to be fetched, each into a run of its own."""
    if request.method != "POST":
        return redirect("catalogue:imports")
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                made = [
                    fetches.create(target, by=request.user)
                    for target in form.cleaned_data["addresses"]
                ]
        except ValidationError as error:
            form.add_error("addresses", error)
        else:
            if len(made) == 1:
                return redirect(made[0])
            told = ngettext(
                "%(count)d address is fetched now.",
                "%(count)d addresses are fetched now.",
                len(made),
            )
            messages.success(request, told % {"count": len(made)})
            return redirect("catalogue:imports")
    return _list(request, Forms(addresses=form))


@login_required
@require_POST
def cancel(request: MemberRequest, number: int) -> HttpResponse:
    """Stop fetching an address."""
    run = _get_run(number)
    if fetches.may_cancel(run, request.user):
        fetches.cancel(run, by=request.user)
        messages.success(
            request, _("Cancelled. What came in so far stays, unless you take it back.")
        )
    return redirect(run)


def _list(request: HttpRequest, forms: Forms) -> HttpResponse:
    """Show one page of runs. One query."""
    try:
        page = paging.page(
            ImportRun.objects.for_ledger(),
            LATEST,
            cursor=request.GET.get("cursor", ""),
            size=RUNS_PER_PAGE,
        )
    except ValidationError as error:
        return _bad_query(request, error)
    context = {
        "page": page,
        "forms": forms,
        "limits": {"files": FILES_MAX, "bytes": BYTES_MAX},
        "is_fetching": settings.FETCH_ENABLED,
    }
    return render(request, "catalogue/imports.html", context)


@require_safe
def import_run(request: HttpRequest, number: int) -> HttpResponse:
    """Show one import: its numbers, and its records by what became of them."""
    run = _get_run(number)
    outcome, undone = request.GET.get("outcome", ""), request.GET.get("undone", "")
    try:
        page = paging.page(
            _rows(run, outcome, undone),
            IN_ORDER,
            cursor=request.GET.get("cursor", ""),
            size=ROWS_PER_PAGE,
        )
    except ValidationError as error:
        return _bad_query(request, error)
    undo_outcomes = _undo_outcomes(run)
    context = {
        "run": run,
        "page": page,
        "outcome": outcome,
        "undone": undone,
        "outcomes": _outcomes(run),
        "shares": _shares(run) if run.is_over else [],
        "undo_outcomes": undo_outcomes,
        "is_running": not run.is_over,
        "is_fetching": settings.FETCH_ENABLED,
        "may_cancel": not run.is_over and run.address and fetches.may_cancel(run, request.user),
        "may_undo": ingest.may_undo(run, request.user) and _is_open(run, undo_outcomes),
    }
    return render(request, "catalogue/import.html", context)


@require_safe
def rejects(request: HttpRequest, number: int) -> StreamingHttpResponse:
    """Download the rejected records of an import as CSV, however many."""
    rows = _get_run(number).rows.filter(outcome=Outcome.REJECTED).order_by("number")
    is_whole = isinstance(request.user, User) and request.user.is_staff
    response = StreamingHttpResponse(
        _as_csv(rows.only("source", "line", "field", "reason"), is_whole=is_whole),
        content_type="text/csv; charset=utf-8",
    )
    name = f"import-{number}-rejects.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: MemberRequest, number: int) -> HttpResponse:
    """Ask, tell what would happen, then take an import back."""
    run = _get_run(number)
    if not ingest.may_undo(run, request.user):
        return redirect(run)
    context: dict[str, object] = {"run": run, "told": None}
    if request.method == "POST":
        is_dry = "dry_run" in request.POST
        try:
            told = ingest.undo(run, by=request.user, is_dry=is_dry)
        except ingest.RunAtWork as error:
            messages.error(request, str(error))
            return redirect(run)
        if not is_dry:
            messages.success(request, _("Taken back. Each record below says what became of it."))
            return redirect(run)
        context["told"] = told
    return render(request, "catalogue/import_undo.html", context)


# --- What they share ------------------------------------------------------------------


def _get_run(number: int) -> ImportRun:
    run = ImportRun.objects.for_ledger().filter(pk=number).first()
    if run is None:
        raise Http404(_("There is no such import."))
    return run


def _rows(run: ImportRun, outcome: str, undone: str) -> QuerySet[ImportRow]:
    """Return a run's rows, narrowed. Raises ValidationError for words that are no outcome."""
    rows = run.rows.for_ledger()
    given = {"outcome": (outcome, Outcome.values), "undone": (undone, UndoOutcome.values)}
    for name, (value, known) in given.items():
        if not value:
            continue
        if value not in known:
            message = _("Not one of: %s.") % ", ".join(known)
            raise ValidationError({name: ValidationError(message, code="invalid")})
        rows = rows.filter(**{name: value})
    return rows


def _outcomes(run: ImportRun) -> list[tuple[str, str, int]]:
    """Return (value, label, count) of what became of a run's records."""
    return [(one.value, str(one.label), getattr(run, one.value)) for one in Outcome]


def _shares(run: ImportRun) -> list[Share]:
    """Return the parts of a bar of all records; none without any."""
    shares, before, total = [], 0, run.total
    for value, _label, count in _outcomes(run):
        if count:
            start, end = (1000 * edge // total for edge in (before, before + count))
            shares.append(Share(value, start, end - start))
        before += count
    return shares


def _undo_outcomes(run: ImportRun) -> list[tuple[str, str, int]]:
    """Return (value, label, count) of what taking a run back did; none if it was not."""
    if run.undone_at is None:
        return []
    told = report(run)
    return [(one.value, str(one.label), getattr(told, one.value)) for one in UndoOutcome]


def _is_open(run: ImportRun, undo_outcomes: list[tuple[str, str, int]]) -> bool:
    """Tell whether anything of a run is left to take back."""
    if run.undone_at is None:
        return run.is_over
    left = (UndoOutcome.SPARED, UndoOutcome.PARTLY)
    return any(count for value, _label, count in undo_outcomes if value in left)


def _bad_query(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = {"wrong": error.message_dict, "path": request.path}
    return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)


class _Line:
    """A file that hands back each line that is written to it."""

    @staticmethod
    def write(text: str) -> str:
        return text


def _as_csv(rows: QuerySet[ImportRow], *, is_whole: bool) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(("source", "line", "field", "reason"))
    for row in rows.iterator(chunk_size=2000):
        source = row.source if is_whole else row.short_source
        yield writer.writerow((_inert(source), row.line, _inert(row.field), _inert(row.reason)))


def _inert(text: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe tells it that this is text."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
