"""Files of records and subtitles over REST, the way of the form on `/imports/`."""

from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail
from rest_framework.exceptions import ValidationError as BadBody
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import ingest, presenters
from catalogue.forms import UploadForm
from catalogue.rest.answers import member_of, site_of
from catalogue.rest.refusals import shown

_FIELDS = ("records", "dry_run")


def receive(request: Request, *, is_whole: bool) -> Response:
    """Bring the files of a multipart body in: 201 and the run, or 200 and what would happen.

    Raises ValidationError for what is no upload, with all that is wrong.
    """
    data = request.data
    if not isinstance(data, MultiValueDict):
        raise BadBody({"records": [ErrorDetail(_("Send files, as a form does."), "required")]})
    unknown = sorted(data.keys() - set(_FIELDS))
    if unknown:
        message = _("Unknown field. Known here: %s.") % ", ".join(_FIELDS)
        raise BadBody({shown(name): [ErrorDetail(message, "unknown_field")] for name in unknown})
    flags = data.getlist("dry_run")
    if flags not in ([], ["true"], ["false"]):
        raise BadBody({"dry_run": [ErrorDetail(_("Not true or false."), "invalid")]})
    form = UploadForm(data, request.FILES)
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    files, is_dry = form.cleaned_data["records"], flags == ["true"]
    told = ingest.upload(files, by=member_of(request), is_dry=is_dry)
    site = site_of(request)
    if is_dry:
        return Response(presenters.rehearsal(told, site, is_whole=is_whole))
    body = presenters.import_run(told.run, site, is_whole=is_whole)
    return Response(body, status=201, headers={"Location": body["url"]})
