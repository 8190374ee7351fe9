"""Choosing a language at the foot of any page, signed in or not, with or without a script."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts import settings as member_settings
from accounts.preferences import is_language


@csrf_exempt
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep a language, in a cookie and for members in their settings; go back to the page.

    A visitor's pages hold no token, so that they set no cookie: what a foreign page could do
    here is to change what language a visitor reads.
    """
    return _choose_as_member(request) if request.user.is_authenticated else set_language(request)


@csrf_protect
def _choose_as_member(request: HttpRequest) -> HttpResponse:
    code = request.POST.get("language", "")
    if request.user.is_authenticated and is_language(code):
        member_settings.change(by=request.user, language=code)
    return set_language(request)
