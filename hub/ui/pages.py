"""What every page has in common: who may see it, its title, its place, and its answer to htmx."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.generic import TemplateView
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from hub.ui.badges import Badge, Tone


class OutOfScope(PermissionDenied):
    """This exists, but outside the facilities you work for."""


@dataclass(frozen=True, slots=True)
class Crumb:
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a page. `dialog` opens the address in a dialog (an ActionView); `primary` at most once a page.

    `at_once` does it with one click, by POST, for the `version` that the reader sees; what the service refuses is
    explained in the dialog. `more` puts it into the menu behind the buttons.
    """

    label: str
    url: str
    icon: str = ""
    primary: bool = False
    danger: bool = False
    dialog: bool = True
    at_once: bool = False
    version: int | None = None
    more: bool = False
    disabled: str = ""  # why it cannot be used now; shown on the disabled button


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list or panel says where it has nothing to show, and what to do about it."""

    title: str
    text: str = ""
    icon: str = "inbox"
    action: Action | None = None
    tone: Tone | None = None


class PageView(TemplateView):
    """A page for signed-in people. Override `permitted` to ask for more."""

    title: ClassVar[str] = ""
    lead: ClassVar[str] = ""
    #: Key of the navigation item that this page belongs to; by default the path decides.
    nav: ClassVar[str] = ""
    template_name = "ui/base.html"
    #: The page asks for itself again every so many seconds while it is looked at; 0 never.
    live_seconds: ClassVar[int] = 0

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self._sign_in(request)
        if not self.permitted(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def permitted(self, request: HttpRequest) -> bool:
        return True

    def get_title(self) -> str:
        return self.title

    def get_lead(self) -> str:
        return self.lead

    def get_badge(self) -> Badge | None:
        """Beside the title."""
        return None

    def get_crumbs(self) -> list[Crumb]:
        return []

    def get_actions(self) -> list[Action]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                "title": self.get_title(),
                "lead": self.get_lead(),
                "title_badge": self.get_badge(),
                "crumbs": self.get_crumbs(),
                "actions": self.get_actions(),
                "nav": self.nav,
                "live_seconds": self.live_seconds,
                **kwargs,
            }
        )

    def _sign_in(self, request: HttpRequest) -> HttpResponse:
        # A fragment must not receive a whole sign-in page: the browser goes there itself.
        if is_htmx(request):
            return HttpResponseClientRedirect(str(settings.LOGIN_URL))
        return redirect_to_login(request.get_full_path())


def is_htmx(request: HttpRequest) -> bool:
    """Whether a fragment is wanted: htmx asks, and not for a whole page out of its history."""
    details = getattr(request, "htmx", None)
    return details is not None and bool(details) and not details.history_restore_request


def announce(
    request: HttpRequest,
    response: HttpResponse,
    text: str,
    tone: Tone = Tone.POSITIVE,
    *,
    undo: str = "",
    more: str = "",
) -> HttpResponse:
    """Say `text` as a toast: at once to htmx, on the next page otherwise.

    `undo` is an address that takes a POST and reverses what happened: the toast offers it. `more` is a page that
    says more of it.
    """
    if is_htmx(request) and "HX-Redirect" not in response:
        said = {"text": text, "tone": tone.value, "undo": undo, "more": more}
        return trigger_client_event(response, "ui:toast", said)
    levels = {Tone.CRITICAL: messages.ERROR, Tone.CAUTION: messages.WARNING, Tone.POSITIVE: messages.SUCCESS}
    # A message has no room of its own for addresses but its tags; the template reads them from there.
    messages.add_message(request, levels.get(tone, messages.INFO), text, extra_tags=f"{undo} {more}".rstrip(" "))
    return response
