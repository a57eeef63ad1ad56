"""HL7 v2 of the EHR to canonical events: visits, merges, charges, orders, master files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors import hl7_feeds
from connectors.ehr import encounters, merges
from connectors.ehr.charges import charges
from connectors.ehr.encounters import Reader
from connectors.ehr.master_files import TRIGGERS as MASTER_FILES
from connectors.ehr.master_files import references
from connectors.ehr.orders import orders
from connectors.event_bounds import bounded
from connectors.translation import Incoming
from hub.core.events import Event

_READERS: Mapping[str, Reader] = {
    **encounters.READERS,
    **merges.READERS,
    "DFT^P03": charges,
    "DFT^P11": charges,
    "ORM^O01": orders,
    "OMG^O19": orders,
    **{f"MFN^{trigger}": references for trigger in MASTER_FILES},
}


def translate(incoming: Incoming) -> Iterator[Event]:
    """The events of one message: one for an ADT, one a charge line for a DFT, one an order, one a record of a file.

    Raises DataFault naming segment and field; nothing is yielded before the whole message is understood. A message
    that is understood and changes nothing here (README) has no events.
    """
    message = hl7_feeds.read_message(incoming, _READERS)
    events = [bounded(event) for event in _READERS[f"{message.type}^{message.trigger}"](message, incoming)]
    yield from events
