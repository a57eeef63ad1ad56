"""A40 and its kin: two patient records or accounts turned out to be one (HL7 v2.5.1 §3.6.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors import hl7_feeds
from connectors.ehr.encounters import Reader
from connectors.formats.hl7v2 import Message, Segment
from connectors.translation import Incoming
from hub.core.events import Event
from hub.core.events.encounter import EncounterMerged


def merges(message: Message, incoming: Incoming) -> Iterator[Event]:
    """One event for each MRG that names an account (MRG-3), for the patient of the PID before it.

    A merge of patient numbers alone changes no account, and with it nothing that the hub keeps.
    Raises Hl7Refused where there is no MRG, or an account is merged into none.
    """
    if message.segment("MRG") is None:
        message.require("MRG-1")
    for patient, *attached in message.groups("PID"):
        for merge in attached:
            if merge.id == "MRG" and merge.get("3"):
                yield _merged(patient, merge, message, incoming)


def _merged(patient: Segment, merge: Segment, message: Message, incoming: Incoming) -> EncounterMerged:
    account = patient.require("18")
    return EncounterMerged(
        occurred_at=hl7_feeds.occurred_at(message, incoming),
        entity_key=f"{incoming.system}:{account}",
        facility=hl7_feeds.facility(message, incoming, "PV1-3.4"),
        account_number=account,
        visit_number="",
        encounter_class="",
        patient_number=hl7_feeds.record_number(patient.repetitions(3)),
        merged_account=merge.get("3"),
        merged_patient_number=hl7_feeds.record_number(merge.repetitions(1)),
    )


# A34, A35 and A36 are what v2.3 had for A40 and A41.
READERS: Mapping[str, Reader] = {f"ADT^{trigger}": merges for trigger in ("A34", "A35", "A36", "A40", "A41")}
