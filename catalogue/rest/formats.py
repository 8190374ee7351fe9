"""Answers that are no JSON: chosen by `Accept`, or by `?format=` where a link is all there is."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from catalogue.rest.parameters import choice, query_string

FORMATS = ("json", "csv")
FORMAT = choice(
    "format", "In which form: `csv` is what `Accept: text/csv` asks for, as a file.", FORMATS
)
# What is written to a browser at once.
_ROWS_AT_ONCE = 500


class CSVRenderer(BaseRenderer):
    """Comma-separated values, which a view that offers them writes itself, row by row."""

    media_type = "text/csv"
    format = "csv"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002 (DRF names them)
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """Return what was written already."""
        return data


class ByFormat(DefaultContentNegotiation):
    """`?format=` says it where it is given; else `Accept`. An unknown one is for the view."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> Any:
        """Return the renderer and its media type."""
        asked = query_string(request).get("format")
        chosen = list(renderers)
        for renderer in chosen:
            if renderer.format == asked:
                return renderer, renderer.media_type
        return super().select_renderer(request, chosen, format_suffix)


RENDERERS = (JSONRenderer, CSVRenderer)


def is_csv(request: Request) -> bool:
    """Tell whether a request is to be answered in CSV."""
    return isinstance(request.accepted_renderer, CSVRenderer)


class _Line:
    """A file for csv that keeps nothing: what is written comes back."""

    def write(self, text: str) -> str:
        return text


def csv_answer(
    rows: Iterable[Sequence[Any]], columns: Sequence[str], *, filename: str
) -> StreamingHttpResponse:
    """Answer with a file of CSV, written as the rows come. They hold numbers and dates only.

    Unknown is an empty cell. A text would have to be guarded against spreadsheets that take
    it for a formula: there is none.
    """
    return StreamingHttpResponse(
        _written(rows, columns),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=filename)
        },
    )


def _written(rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> Iterator[str]:
    writer = csv.writer(_Line())
    waiting = [writer.writerow(columns)]
    for row in rows:
        waiting.append(writer.writerow([_cell(value) for value in row]))
        if len(waiting) >= _ROWS_AT_ONCE:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def _cell(value: datetime | int | None) -> str:
    """Return a value as JSON writes it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return "" if value is None else str(value)
