"""Searches that members keep under a name."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.text import validate_readable

SEARCH_NAME_MAX = 80
# Twenty values of each filter that can be repeated, as they are written in an address.
QUERY_MAX = 8000


class SavedSearch(models.Model):
    """A search for films that a member keeps: its query string, in the one spelling.

    It finds what the same address finds today. Nobody else sees it.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_searches")
    name = models.CharField(max_length=SEARCH_NAME_MAX, validators=[validate_readable])
    query = models.CharField(max_length=QUERY_MAX)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = (Lower("name"), "id")
        verbose_name_plural = _("saved searches")
        constraints: ClassVar = [
            models.UniqueConstraint("owner", Lower("name"), name="savedsearch_named_once"),
            models.CheckConstraint(condition=~Q(name=""), name="savedsearch_has_name"),
            models.CheckConstraint(condition=~Q(query=""), name="savedsearch_asks"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the list of what it finds."""
        return f"{reverse('catalogue:index')}?{self.query}"
