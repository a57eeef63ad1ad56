"""Who may call what: the same roles and facilities as on the pages, asked through the same service."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from hub.governance import access
from hub.governance.access import Actor, Door


class HoldsPermission(BasePermission):
    """The caller holds the view's `needs` somewhere; which rows they get is the view's queryset."""

    message = "Your roles do not include this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        needs = getattr(view, "needs", None)
        return needs is not None and access.may(request.user, needs)


def actor(request: Request) -> Actor:
    """Whoever calls, as services ask for."""
    return Actor.of(request.user, Door.API)
