"""Pages of saved searches: keeping one, one's own, and calling one otherwise."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import MemberRequest
from catalogue import searches as operations
from catalogue.forms import SaveSearchForm, SearchNameForm
from catalogue.models import SavedSearch


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def searches(request: MemberRequest) -> HttpResponse:
    """List one's saved searches, a hundred at most; keep another."""
    form = SaveSearchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = operations.create(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved as “%(name)s”.") % {"name": row.name})
            return redirect(row)
    context = {"searches": SavedSearch.objects.filter(owner=request.user), "form": form}
    return render(request, "catalogue/searches.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def search_rename(request: MemberRequest, number: int) -> HttpResponse:
    """Call a search of one's own otherwise."""
    row = get_object_or_404(SavedSearch, pk=number, owner=request.user)
    form = SearchNameForm(request.POST or None, initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        try:
            operations.rename(row, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        except SavedSearch.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, _("Saved."))
            return redirect("catalogue:searches")
    return render(request, "catalogue/search_rename.html", {"search": row, "form": form})


@login_required
@require_POST
def search_delete(request: MemberRequest, number: int) -> HttpResponse:
    """Keep a search no longer. It is made again in a moment, so nobody is asked."""
    row = get_object_or_404(SavedSearch, pk=number, owner=request.user)
    operations.remove(row, by=request.user)
    messages.success(request, _("Deleted “%(name)s”.") % {"name": row.name})
    return redirect("catalogue:searches")
