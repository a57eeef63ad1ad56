"""An address below the API that names nothing: said in the API's own way, not as a page."""

from __future__ import annotations

from typing import Any

from django.urls import resolve
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@extend_schema(exclude=True)
class Missing(APIView):
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not request.path.endswith("/") and _leads_somewhere(f"{request.path}/"):
            raise NotFound(f"Addresses end with a slash: {request.path}/")
        raise NotFound("There is no such resource; /api/v1/docs/ lists them.")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound


def _leads_somewhere(path: str) -> bool:
    return resolve(path).url_name != "missing"
