"""Tokens of the API: one's own, issued and revoked. A new one is shown once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from hub.console.guard import actor
from hub.core.errors import Failure
from hub.governance import api_tokens
from hub.ui.badges import Tone
from hub.ui.bulk import refusal_text
from hub.ui.columns import Column, Kind
from hub.ui.pages import Empty, PageView, announce
from hub.ui.tables import build_table

_COLUMNS = (
    Column(key="token_key", label="Begins with", kind=Kind.CODE),
    Column(key="created", label="Issued", kind=Kind.WHEN),
    Column(key="expiry", label="Expires", kind=Kind.WHEN),
)


class Tokens(PageView):
    title = "API tokens"
    lead = "A token acts as you, with your roles and facilities. Use one for each program, and revoke what is not used."
    template_name = "console/tokens/page.html"

    @property
    def owner(self) -> User:
        if not isinstance(self.request.user, User):
            raise TypeError("only people who are signed in come here")
        return self.request.user

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        here = HttpResponseRedirect(reverse("console:tokens"))
        if asked := request.POST.get("ask"):
            known = any(token.token_key == asked for token in api_tokens.tokens_of(self.owner))
            return render(request, self.template_name, self.get_context_data(asked=asked)) if known else here
        if revoked := request.POST.get("revoke"):
            api_tokens.revoke(user=self.owner, token_key=revoked, actor=actor(request))
            return announce(request, here, "The token is revoked.")
        try:
            token = api_tokens.issue(user=self.owner, actor=actor(request))
        except Failure as failure:
            return announce(request, here, refusal_text(failure), Tone.CAUTION)
        response = render(request, self.template_name, self.get_context_data(token=token))
        response["Cache-Control"] = "no-store"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tokens = api_tokens.tokens_of(self.owner)
        return super().get_context_data(
            rows=list(zip(tokens, build_table(_COLUMNS, tokens).rows, strict=True)),
            columns=_COLUMNS,
            empty=Empty("No token yet", "Issue one to use the API under /api/v1/.", "key-round"),
            **kwargs,
        )
