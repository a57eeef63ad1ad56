"""A deed that was taken from a runbook: the address says from which, and what came of it is kept with it.

The deed is the same view and service as on its own page; `?runbook=…&step=…&case=…` is all that differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from connectors.models import Feed, System
from exceptions import selectors as cases
from exceptions.models import Case
from exceptions.runbooks import services
from exceptions.runbooks.models import Runbook
from exceptions.runbooks.states import RunbookState, SafeAction, UseOutcome
from hub.console.guard import Guarded
from hub.console.links import case_url
from hub.core.errors import Failure
from hub.governance.access import Actor, Who
from hub.ui.bulk import refusal_text
from hub.ui.pages import is_htmx

#: Where the case page shows its runbook.
ANCHOR = "#runbook"


@dataclass(frozen=True, slots=True)
class Origin:
    """The runbook, the mark of its step, and the case that it is used for, if there is one."""

    runbook: Runbook
    step: str
    case: Case | None


def with_origin(url: str, runbook: Runbook, step: str, case: Case | None) -> str:
    asked = {"runbook": runbook.code, "step": step} | ({"case": str(case.number)} if case else {})
    return f"{url}?{urlencode(asked)}"


def origin_of(request: HttpRequest, who: Who) -> Origin | None:
    """None for a deed on its own page, and for an address that names what is not there or out of scope."""
    code, number = request.GET.get("runbook", ""), request.GET.get("case", "")
    if not code:
        return None
    runbook = Runbook.objects.filter(code=code, state=RunbookState.ACTIVE).first()
    if runbook is None:
        return None
    case = cases.cases(who).filter(number=number).first() if number.isdecimal() and len(number) < 18 else None
    return Origin(runbook, request.GET.get("step", "")[:16], case)


def keep(
    origin: Origin | None, action: SafeAction, actor: Actor, said: str, *, system: str = "", refused: bool = False
) -> None:
    """Write down what came of an action, where it was taken from a runbook."""
    if origin is None:
        return
    services.keep_action(
        runbook=origin.runbook, action=action, actor=actor, detail=said, case=origin.case, system=system,
        mark=origin.step, outcome=UseOutcome.REFUSED if refused else UseOutcome.DONE,
    )  # fmt: skip


class FromRunbook(Guarded):
    """A guarded page that stands before an ActionView: keeps what came of the deed, and leads back to its case."""

    safe_action: ClassVar[SafeAction | None] = None
    object: Any

    @property
    def origin(self) -> Origin | None:
        if not hasattr(self, "_origin"):
            self._origin = origin_of(self.request, self.who) if self.safe_action else None
        return self._origin

    def carry_out(self, data: dict[str, Any], *, version: int | None) -> str:
        try:
            said: str = super().carry_out(data, version=version)  # type: ignore[misc]
        except (Failure, ValidationError) as error:
            self._keep(refusal_text(error), refused=True)
            raise
        self._keep(said)
        return said

    def _keep(self, said: str, *, refused: bool = False) -> None:
        if self.safe_action is not None:
            keep(self.origin, self.safe_action, self.actor, said, system=_system_of(self.object), refused=refused)

    def back_to(self) -> str:
        """The case that the deed was done for; empty for a deed on its own page."""
        if self.origin is None or self.origin.case is None:
            return ""
        # A browser that is told to go where it is, with an anchor, does not load the page anew.
        return case_url(self.origin.case) + ("" if is_htmx(self.request) else ANCHOR)


def _system_of(thing: Any) -> str:
    if isinstance(thing, System):
        return thing.code
    if isinstance(thing, Feed):
        return thing.system.code
    return str(getattr(thing, "system", ""))
