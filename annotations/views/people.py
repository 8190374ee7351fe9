"""A member's public page."""

from http import HTTPStatus

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.models import User
from annotations import log_page, people, revisions
from catalogue import paging

CLAIMS_PER_PAGE = 10
CARDS_SHOWN = 6
CHANGES_SHOWN = 6


@require_safe
def person(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a member marked, brought and changed, as far as everyone may read it."""
    member = get_object_or_404(User, username__iexact=name.replace("\0", ""), is_active=True)
    if member.username != name:
        return redirect("annotations:person", member.username)
    try:
        page = paging.page(
            people.claims_of(member).for_page(),  # type: ignore[attr-defined]  # ClaimQuerySet
            people.NEWEST,
            cursor=request.GET.get("cursor", ""),
            size=CLAIMS_PER_PAGE,
        )
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    asked = revisions.Asked(person=member)
    changes = revisions.recent(asked, reader=request.user, size=CHANGES_SHOWN)
    context = {
        "person": member,
        "page": page,
        "doings": people.doings_of(member),
        "cards": people.evidence_of(member).order_by("-created_at", "-pk")[:CARDS_SHOWN],
        "edits": log_page.saved_together(changes.items, request.user),
    }
    return render(request, "annotations/person.html", context)
