"""Answers as gzip, but for what is compressed already."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class Compression(GZipMiddleware):
    """Django's, without pictures: those came out no smaller, and their ETag would be weak."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress an answer that is worth it."""
        if response.headers.get("Content-Type", "").startswith("image/"):
            return response
        return super().process_response(request, response)
