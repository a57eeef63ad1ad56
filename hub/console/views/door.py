"""In and out. A person locked out after too many mistakes reads `console/door/locked.html` (AXES_LOCKOUT_TEMPLATE)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView

from hub.env import Mode

_LEAD = "With your hospital account."
_DEMO_LEAD = "The demo's sign-ins, one for each role, were printed when it started."


class SignIn(LoginView):
    template_name = "ui/signed_out.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lead = _DEMO_LEAD if settings.MODE is Mode.DEMO else _LEAD
        return super().get_context_data(title="Sign in", lead=lead, **kwargs)


class SignOut(LogoutView):
    """By POST only: a link on another page must not sign anyone out."""
