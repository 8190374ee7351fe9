"""What changed last: for all, of one film, by one person; and as a feed."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed as SyndicationFeed
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import MemberRequest
from annotations import log_page, looks, revisions
from catalogue.addresses import address
from catalogue.models import Video

CHANGES_PER_PAGE = 50


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """List what members changed, newest first, with a line above what one has seen."""
    asked = _asked(request.GET)
    try:
        page = revisions.recent(
            asked,
            reader=request.user,
            cursor=request.GET.get("cursor", ""),
            size=CHANGES_PER_PAGE,
        )
    except ValidationError as error:
        wrong = {"wrong": error.message_dict, "path": request.path}
        return render(request, "catalogue/bad_query.html", wrong, status=HTTPStatus.BAD_REQUEST)
    seen_at = log_page.last_look(request.user)
    edits = log_page.saved_together(page.items, request.user, seen_at=seen_at)
    context = {
        "asked": asked,
        "page": page,
        "edits": edits,
        "things": log_page.THINGS,
        "seen_at": seen_at,
        # To the microsecond: what comes in while one reads stays new.
        "newest_at": page.items[0].at.isoformat() if page.items else "",
        "is_new": bool(page.items) and (seen_at is None or page.items[0].at > seen_at),
    }
    return render(request, "annotations/changes.html", context)


@login_required
@require_POST
def changes_seen(request: MemberRequest) -> HttpResponse:
    """Keep that one has seen what changed up to the newest that was shown."""
    try:
        at = parse_datetime(request.POST.get("at", ""))
    except ValueError:
        at = None
    if at is None or timezone.is_naive(at):
        raise Http404
    looks.mark_seen(by=request.user, at=at, now=timezone.now())
    return redirect("annotations:changes")


class Feed(SyndicationFeed[log_page.Saved, revisions.Asked]):
    """Recent changes as Atom, with the same filters. As everyone may read them."""

    feed_type = Atom1Feed
    title = gettext_lazy("Sidenote: recent changes")
    subtitle = gettext_lazy("What members wrote about films, newest first.")

    def get_object(self, request: HttpRequest, *_args: Any, **_options: Any) -> revisions.Asked:
        """Return what is asked for."""
        return _asked(request.GET)

    def link(self, _asked: revisions.Asked) -> str:
        """Return the page of the changes."""
        return address("annotations:changes")

    def items(self, asked: revisions.Asked) -> list[log_page.Saved]:
        """Return the newest."""
        nobody = AnonymousUser()
        page = revisions.recent(asked, reader=nobody, size=CHANGES_PER_PAGE)
        return log_page.saved_together(page.items, nobody)

    def item_title(self, item: log_page.Saved) -> str:
        """Return who changed what."""
        who = item.by.username if item.by else _("The system")
        what = " – ".join(filter(None, [str(item.parts[0].thing), str(item.parts[0].about)]))
        return _("%(who)s: %(what)s") % {"who": who, "what": what}

    def item_description(self, item: log_page.Saved) -> str:
        """Return what stood there and what stands there now."""
        return "\n".join(
            _("%(label)s: %(text)s")
            % {
                "label": told.label,
                "text": f"{told.old} → {told.new}" if told.old else told.new,
            }
            for part in item.parts
            for told in part.told
        )

    def item_link(self, item: log_page.Saved) -> str:
        """Return where it is shown, or told."""
        first = item.parts[0]
        return first.page or first.history or address("annotations:changes")

    def item_guid(self, item: log_page.Saved) -> str:
        """Return what names it for ever."""
        first = item.parts[0].entry
        return f"{first.table}-{first.event}"

    item_guid_is_permalink = False

    def item_updateddate(self, item: log_page.Saved) -> Any:
        """Return when it was saved."""
        return item.at

    def item_pubdate(self, item: log_page.Saved) -> Any:
        """Return when it was saved."""
        return item.at


def _asked(params: QueryDict) -> revisions.Asked:
    """Return which changes are asked for; raises Http404 for a film or a person there is not."""
    table = params.get("thing", "")
    if table and table not in revisions.TABLES:
        raise Http404
    video = person = None
    if key := params.get("video", "").replace("\0", ""):
        platform, _colon, platform_id = key.partition(":")
        video = get_object_or_404(Video.objects.identified(platform, platform_id))
    if name := params.get("person", "").replace("\0", ""):
        person = get_object_or_404(User, username__iexact=name)
    return revisions.Asked(table=table, video=video, person=person)
