"""Tryton refuses in English sentences and without codes; this is where they get the hub's stable ones."""

from __future__ import annotations

import re

from connectors.base import Outcome
from connectors.erp import CLOSED_PERIOD, UNBALANCED, UNKNOWN_ACCOUNT, UNKNOWN_COST_CENTER, refusal
from connectors.verdict import Verdict
from hub.core.errors import ConfigurationFault, Transient

REFUSED = "erp-refused"

# The texts of Tryton 8.2 (modules account and analytic_account, message.xml), most telling part only; a group
# is the subject. The hub's user is kept at English for them.
_SENTENCES = (
    (re.compile(r"you must balance all its lines debits and credits"), UNBALANCED),
    (re.compile(r"you must fill in its lines"), UNBALANCED),
    (re.compile(r'closed period "([^"]+)"'), CLOSED_PERIOD),
    (re.compile(r'you must reopen the period "([^"]+)"'), CLOSED_PERIOD),
    (re.compile(r"The period of move .* is closed"), CLOSED_PERIOD),
    (re.compile(r"closed journal-period"), CLOSED_PERIOD),
    (re.compile(r'field "Period" in'), CLOSED_PERIOD),
    (re.compile(r'account "([^"]+)", you must set a type or unclose it'), UNKNOWN_ACCOUNT),
    (re.compile(r'field "Account" in "[^"]*Analytic'), UNKNOWN_COST_CENTER),
    (re.compile(r'field "Account" in'), UNKNOWN_ACCOUNT),
)


def code_of(text: str) -> tuple[str, str]:
    """The stable code of a refusal and its subject, "" where the sentence names none."""
    for sentence, code in _SENTENCES:
        if match := sentence.search(text):
            return code, match[1] if match.groups() else ""
    return REFUSED, ""


def of_rpc_error(error: object, *, system: str) -> Verdict:
    """What a JSON-RPC `error` means: [kind, [message, description, …]], or [text, trace] for a crash."""
    parts = error if isinstance(error, list) else [error]
    kind = parts[0] if parts else ""
    if kind in ("UserError", "UserWarning"):
        detail = parts[1] if len(parts) > 1 else ""
        code, subject = code_of(str(detail[0] if isinstance(detail, list) and detail else detail))
        return Outcome.REJECTED, refusal(code, system=system, subject=subject)
    if kind == "ConcurrencyException":
        return Outcome.FAILED, Transient(
            "changed-meanwhile", f"A record of {system} was changed meanwhile.", cause=(system,)
        )
    # The whole request was rolled back, and would crash again.
    return Outcome.FAILED, wrong_call(system)


def wrong_call(system: str) -> ConfigurationFault:
    """Tryton has no such model, field or method, or crashed over it; never tried again by itself."""
    return ConfigurationFault(
        "erp-call-failed",
        f"{system} cannot do what the hub asks of it.",
        cause=(system,),
        hint="Check Tryton's version, its modules and the rights of the hub's user; its log says more.",
    )
