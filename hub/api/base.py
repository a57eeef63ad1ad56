"""What every endpoint has in common: roles, facilities, keyset pages."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model, QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.viewsets import ReadOnlyModelViewSet

from hub.api.access import HoldsPermission
from hub.governance.roles import Permission

_Row = TypeVar("_Row", bound=Model)


class NewestFirst(CursorPagination):
    """Pages by key, the newest first: they cost the same however far one goes. Nothing is counted."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class ScopedViewSet(ReadOnlyModelViewSet[_Row]):
    """A list and a detail of what the caller may see: `needs` opens the endpoint, `visible` narrows the rows.

    What lies outside the caller's facilities answers 404, like what is not there at all.
    """

    needs: ClassVar[Permission]
    permission_classes = [IsAuthenticated, HoldsPermission]
    pagination_class = NewestFirst

    def visible(self, who: User | AnonymousUser) -> QuerySet[_Row]:
        raise NotImplementedError(f"{type(self).__name__} does not say which rows it serves")

    def get_queryset(self) -> QuerySet[_Row]:
        # The schema is made without a caller.
        return self.visible(AnonymousUser() if getattr(self, "swagger_fake_view", False) else self.request.user)
