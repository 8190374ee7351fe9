"""Bodies of requests, read strictly.

Imported while DRF starts (it is the default parser's home), so it imports little.
"""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any, NoReturn

from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from catalogue.records.record import MAX_RECORD_BYTES
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES
from catalogue.rest.refusals import TooLarge, shown

# A claim with all its fields full is under 10 kB.
MAX_BODY_BYTES = 100_000
# Ten megabytes of files (`catalogue.ingest.uploads`), and the form around them.
MAX_UPLOAD_BYTES = 10_100_000


class JSONParser(BaseParser):
    """JSON by RFC 8259: UTF-8, no NaN, no key twice, and not more than there is a use for."""

    media_type = "application/json"
    max_bytes = MAX_BODY_BYTES

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """Return the value, or raise ParseError with the place, or TooLarge."""
        try:
            text = _read(stream, self.max_bytes).decode("utf-8-sig")
            return json.loads(
                text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice
            )
        except json.JSONDecodeError as error:
            raise ParseError(
                _("The body is not JSON: %(reason)s at line %(line)d, column %(column)d.")
                % {"reason": error.msg, "line": error.lineno, "column": error.colno}
            ) from None
        except UnicodeDecodeError as error:
            raise ParseError(
                _("The body is not UTF-8 text (at byte %d).") % (error.start + 1)
            ) from None
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(_("The body is not JSON: %s") % error) from None


class RecordJSONParser(JSONParser):
    """JSON that carries a whole record; escapes may take up to three times its bytes."""

    max_bytes = 3 * MAX_RECORD_BYTES


class RecordTextParser(BaseParser):
    """A record as it stands in its file: `{"record": bytes}`."""

    media_type = "text/plain"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> dict[str, bytes]:
        """Return the bytes of the body."""
        return {"record": _read(stream, MAX_RECORD_BYTES)}


class RecordMarkdownParser(RecordTextParser):
    """The same under the name that front matter usually goes by."""

    media_type = "text/markdown"


class SubtitlesJSONParser(JSONParser):
    """JSON that carries subtitles."""

    max_bytes = 2 * MAX_SUBTITLES_BYTES


class WebVTTParser(BaseParser):
    """Subtitles as they stand in their file: `{"text": bytes}`."""

    media_type = "text/vtt"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> dict[str, bytes]:
        """Return the bytes of the body."""
        return {"text": _read(stream, MAX_SUBTITLES_BYTES)}


class SRTParser(WebVTTParser):
    """The same under the name that SRT goes by."""

    media_type = "application/x-subrip"


class UploadParser(MultiPartParser):
    """Files as a form sends them. `refuse_large` comes before."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the fields and files, or raise ParseError.

        Django passes over a part whose header is not UTF-8, and the file would be lost unsaid.
        """
        body = stream.read()
        for header in _headers_of_parts(body, media_type or ""):
            try:
                header.decode()
            except UnicodeDecodeError:
                raise ParseError(
                    _("The name of a file or field is not UTF-8 text: %s")
                    % shown(_name_in(header.decode(errors="replace")))
                ) from None
        return super().parse(BytesIO(body), media_type, parser_context)


def _headers_of_parts(body: bytes, media_type: str) -> list[bytes]:
    _kind, options = parse_header_parameters(media_type)
    between = re.escape(str(options.get("boundary") or "").encode(errors="replace"))
    return re.findall(rb"(?:\A|\r\n)--" + between + rb"\r\n(.*?)\r\n\r\n", body, re.DOTALL)


def _name_in(header: str) -> str:
    """Return what a part is called, for a refusal."""
    found = re.search(r'filename="?([^"\r\n]*)', header) or re.search(r'name="?([^"\r\n]*)', header)
    return found[1] if found else header


def refuse_large(request: Any) -> None:
    """Refuse an upload by the length that it claims. Raises TooLarge, ParseError."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length == "0" and request.META.get("HTTP_TRANSFER_ENCODING"):
        raise ParseError(_("The body comes in pieces; say its length (Content-Length)."))
    if not length.isdecimal() or int(length) > MAX_UPLOAD_BYTES:
        raise TooLarge(
            ngettext(
                "The body is larger than %d byte.",
                "The body is larger than %d bytes.",
                MAX_UPLOAD_BYTES,
            )
            % MAX_UPLOAD_BYTES
        )


def _read(stream: Any, limit: int) -> bytes:
    content: bytes = stream.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(
            ngettext("The body is larger than %d byte.", "The body is larger than %d bytes.", limit)
            % limit
        )
    return content


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(_("%s is no JSON number.") % name)


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(_("the field %s stands there twice.") % shown(twice))
    return value
