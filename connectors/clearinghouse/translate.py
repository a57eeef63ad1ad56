"""Files from the clearinghouse to claim and remittance events, by what their first transaction is."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.clearinghouse.files import INTERCHANGE_ACKNOWLEDGEMENT, transaction_of
from connectors.clearinghouse.remittances import check_remittance, claim_events
from connectors.clearinghouse.responses import response_events
from connectors.translation import Incoming
from hub.core.errors import DataFault
from hub.core.events import Event

REMITTANCE = "835"
_RESPONSES = frozenset({"999", "277", INTERCHANGE_ACKNOWLEDGEMENT})


def translate(message: Incoming) -> Iterator[Event]:
    """The events of a file. Nothing is yielded before the whole file is known to be sound.

    For an 835 all heads come first (`remittance.received`), then all claim payments; whoever records in parts
    calls `check_remittance` and `claim_events` instead.
    """
    code = transaction_of(message)
    if code == REMITTANCE:
        summaries = check_remittance(message)
        yield from (summary.event for summary in summaries)
        yield from claim_events(message)
        return
    events = response_events(message) if code in _RESPONSES else []
    if not events and code == INTERCHANGE_ACKNOWLEDGEMENT:
        return  # our interchange could be read; what became of its claims comes by itself
    if not events:
        raise DataFault(
            "unsupported-transaction",
            f"The file holds a {code if code.isdigit() else 'transaction'} that answers no claim;"
            " expected TA1, 999, 277CA or 835.",
            cause=("ST01", code),
            hint="Ask the clearinghouse to route this transaction elsewhere, or add it to the connector.",
        )
    yield from events
