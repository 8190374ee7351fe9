"""The page on which members write a film's note."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.requests import MemberRequest
from annotations import log_page, notes
from annotations.forms import NoteForm
from annotations.models import NOTE_MAX
from annotations.revisions import StaleVersion
from catalogue.models import Video


@login_required
def note_edit(request: MemberRequest, platform: str, platform_id: str) -> HttpResponse:
    """Write what is to be added to a film's description."""
    video = get_object_or_404(Video.objects.identified(platform, platform_id))
    seen = notes.seen(video, request.user)
    if not seen.may_edit:
        raise PermissionDenied(_("A moderator has closed this note."))
    form = NoteForm(request.POST or None, initial={"text": seen.text, "version": seen.version})
    differences: list[log_page.Told] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            notes.edit(video, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except Video.DoesNotExist as error:
            raise Http404 from error
        except StaleVersion as error:
            now = getattr(error.row, "text", "")
            differences = log_page.differences("note", [("text", now, form.cleaned_data["text"])])
            form.start_from(error.row.version)
        else:
            messages.success(request, _("Saved. Thank you."))
            return redirect(f"{video.get_absolute_url()}#note")
    context = {
        "video": video,
        "form": form,
        "is_stale": differences is not None,
        "differences": differences or [],
        "note_max": NOTE_MAX,
    }
    return render(request, "annotations/note_edit.html", context)
