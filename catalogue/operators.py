"""The operators' page about the refresh, and what they can do there.

Who of the staff may view GatewayState reads it, who may change it too acts: rights that are given
to groups, and that superusers have. Every act stands in the log of the administration.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from catalogue import reports
from catalogue.models import GatewayState
from catalogue.refreshing import asking, figures
from catalogue.refreshing.figures import Breaker, Figures
from catalogue.reports import Report

_READ, _ACT = "catalogue.view_gatewaystate", "catalogue.change_gatewaystate"
_may_read = permission_required(_READ, raise_exception=True)
_may_act = permission_required([_READ, _ACT], raise_exception=True)


@dataclass(frozen=True, slots=True)
class _Card:
    """What the page says of one gateway, and where its breaker is closed, if it can be."""

    report: Report
    close_url: str


@require_safe
@_may_read
def refresh(request: HttpRequest) -> HttpResponse:
    """Show how the refresh stands."""
    found = figures.read(now=timezone.now())
    may_act = request.user.has_perm(_ACT)
    context = {
        "title": pgettext("of counts", "Refresh"),
        "is_on": found.is_on,
        "at": found.at,
        "cards": list(_cards(found, may_act=may_act)),
        "failing": reports.report_on_failing(found),
        "failing_url": reverse("admin:catalogue_videocounts_changelist"),
        "samples": reports.report_on_samples(found),
        "may_act": may_act,
    }
    return render(request, "admin/refresh.html", {**admin.site.each_context(request), **context})


def _cards(found: Figures, *, may_act: bool) -> Iterator[_Card]:
    for gateway in found.gateways:
        can_close = may_act and gateway.breaker != Breaker.CLOSED
        yield _Card(
            reports.report_on_gateway(gateway, now=found.at),
            reverse("refresh-close-breaker", args=[gateway.name]) if can_close else "",
        )


@require_http_methods(["GET", "POST"])
@_may_act
def close_breaker(request: HttpRequest, name: str) -> HttpResponse:
    """Ask whether a gateway is to be asked again at once, then let it be."""
    if name not in {way.name for way in asking.ways()}:
        raise Http404
    if request.method == "POST":
        if _close(request, name):
            told = _("Workers ask %(name)s again, from the next sweep on.")
            messages.success(request, told % {"name": name})
        else:
            told = _("The breaker of %(name)s was closed already.")
            messages.info(request, told % {"name": name})
        return redirect("refresh")
    return _ask_whether(
        request,
        title=_("Ask %(name)s again now") % {"name": name},
        text=_(
            "The breaker closes, and the next sweep asks about what is due, within the budget. If"
            " the platform still refuses, it opens again."
        ),
        yes=_("Ask again now"),
    )


def _close(request: HttpRequest, name: str) -> bool:
    """Close a breaker that is open or trying; tells whether one was."""
    with transaction.atomic():
        was_open = GatewayState.objects.filter(name=name, open_until__isnull=False).update(
            open_until=None, probe_until=None, failures=0
        )
        if was_open:
            _log(request, name, "Closed the breaker.")
    return bool(was_open)


@require_http_methods(["GET", "POST"])
@_may_act
def find_loads(request: HttpRequest) -> HttpResponse:
    """Ask whether the loads are to be found now, then find them."""
    if request.method == "POST":
        for name, stretch in asking.find_loads():
            told = {"name": name, "times": f"{stretch:.2f}"}
            # The log of the administration is read by all operators, so it is in English.
            _log(
                request,
                name,
                "Found the load: the intervals of {name} are stretched {times} times.".format(
                    **told
                ),
            )
            told["times"] = reports.decimal(stretch)
            messages.success(
                request, _("The intervals of %(name)s are stretched %(times)s times.") % told
            )
        return redirect("refresh")
    return _ask_whether(
        request,
        title=_("Find the load now"),
        text=_(
            "Reads all videos, and finds how far the budgets stretch their intervals. Beat does"
            " this every hour; now is better after a budget or a key was changed."
        ),
        yes=_("Find the load"),
    )


def _ask_whether(request: HttpRequest, *, title: str, text: str, yes: str) -> HttpResponse:
    context = {"title": title, "text": text, "yes": yes}
    return render(
        request, "admin/refresh_confirm.html", {**admin.site.each_context(request), **context}
    )


def _log(request: HttpRequest, name: str, message: str) -> None:
    assert request.user.pk is not None  # noqa: S101 - only members with rights come here
    LogEntry.objects.log_actions(
        request.user.pk,
        GatewayState.objects.filter(name=name),
        CHANGE,
        change_message=message,
        single_object=True,
    )
