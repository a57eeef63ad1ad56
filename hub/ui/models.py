"""What a person keeps of a list: views of it, and which columns it shows."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from hub.core.clock import now

NAME_LENGTH = 60
QUERY_LENGTH = 1000


class SavedView(models.Model):
    """Filters and order of one list under a name. `list_name` is its address's name, `query` what stands in the URL.

    A shared one is offered to everybody who may open the list; it shows each reader their own scope. `first` says
    that its owner's list opens with it. The one without a name is no view: it holds its owner's choice of columns.
    """

    list_name = models.CharField(max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    query = models.CharField(max_length=QUERY_LENGTH, blank=True)
    columns = models.JSONField(default=list, blank=True)
    shared = models.BooleanField(default=False)
    first = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "list_name", "name"], name="saved_view_name_once"),
            models.UniqueConstraint(
                fields=["owner", "list_name"], name="saved_view_first_once", condition=models.Q(first=True)
            ),
        ]
        indexes = [models.Index(fields=["list_name"], name="saved_view_shared", condition=models.Q(shared=True))]

    def __str__(self) -> str:
        return self.name or f"columns of {self.list_name}"
