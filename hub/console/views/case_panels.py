"""What the case page asks of its reader: what waits for a second person, what can be put right, what already was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from connectors.models import Message
from exceptions.models import Case
from hub.console.forms.mend import AttachmentNumberForm, AuthorizationNumberForm, CorrectForm, PostLaterForm
from hub.console.selectors import mend
from hub.console.words import count_text
from hub.governance.access import Who
from hub.ui.details import Panel


def mending_panels(who: Who, case: Case) -> list[Panel]:
    """In the order in which they help: decide what is asked, bring what is missing, put right what is wrong."""
    asked = mend.asked(who, case)
    correct = None if any(one.is_correction for one in asked) else _correct(who, case)
    found = (_asked(asked), _post_later(who, case), _attachment(who, case), _authorization(who, case), correct)
    return [panel for panel in found if panel is not None]


def mended_panel(case: Case) -> Panel | None:
    """What was put right or sent back from this case."""
    context = {"corrections": mend.corrections_of(case), "returned": mend.returned_of(case)}
    if not any(context.values()):
        return None
    return Panel("Put right and sent back", "console/case/_mended.html", context, icon="pencil", flush=True)


def mended_panel_of(message: Message) -> Panel | None:
    """The same of one message, on its own page."""
    context = {"corrections": mend.corrections_of_message(message.pk), "returned": mend.returns_of_message(message.pk)}
    if not any(context.values()):
        return None
    title = "Corrected here" if context["corrections"] else "Sent back to its source"
    return Panel(title, "console/case/_mended.html", context, icon="pencil", flush=True)


def _asked(asked: Sequence[mend.Asked]) -> Panel | None:
    if not asked:
        return None
    context = {"asked": asked}
    return Panel(
        "Waits for a decision", "console/case/_asked.html", context, key="asked", icon="hourglass", tone="accent"
    )


def _correct(who: Who, case: Case) -> Panel | None:
    correcting = mend.correcting(who, case)
    if correcting is None:
        return None
    context = {"correcting": correcting, "form": CorrectForm(target=correcting.target, auto_id="correct_%s")}
    return Panel(
        "Correct the record", "console/case/_correct.html", context, key="correct", icon="pencil", tone="accent"
    )


def _attachment(who: Who, case: Case) -> Panel | None:
    if not mend.wants_attachment(who, case):
        return None
    words = "The payer wants an attachment with these services. Send it as the payer asks, and enter its number here."
    return _bring(
        "What number does the attachment have?",
        words,
        AttachmentNumberForm(auto_id="attachment_%s"),
        "case-attachment",
        case,
    )


def _authorization(who: Who, case: Case) -> Panel | None:
    if not mend.wants_authorization(who, case):
        return None
    words = (
        "If the payer gave its authorization by phone or on its portal, enter the number: it goes out with the claim."
    )
    return _bring(
        "Is it authorized?", words, AuthorizationNumberForm(auto_id="authorization_%s"), "case-authorization", case
    )


def _post_later(who: Who, case: Case) -> Panel | None:
    late = mend.late(who, case)
    if late is None:
        return None
    left = f" {count_text(late.left, 'plan')} of a closed period can only wait or be given up." if late.left else ""
    words = (
        f"{count_text(len(late.entries), 'entry', 'entries')} held. They go to the ERP under another day, with the"
        f" same posting keys; in the books here they stay as they are, and both books still tie out.{left}"
    )
    title = "Post in the next open period"
    return _bring(
        title, words, PostLaterForm(late=late, auto_id="later_%s"), "case-post-later", case, label="Post there"
    )


def _bring(title: str, words: str, form: Any, name: str, case: Case, *, label: str = "Enter and go on") -> Panel:
    post = reverse(f"console:{name}", args=[case.number])
    context = {"form": form, "words": words, "post": post, "label": label}
    return Panel(title, "console/case/_bring.html", context, key="bring", icon="square-check", tone="accent")
