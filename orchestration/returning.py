"""Messages that go back to their source to be mended there, and the mended ones that come in their place.

The corrected message is known by what it is about: the same feed and kind of message, and the most particular business
key that the returned one could still be read for. Callers check permission and keep the audit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from connectors.models import Message, System
from connectors.selectors import feed, open_body
from connectors.states import MessageState
from hub.core import clock
from hub.core.errors import BusinessRefusal, Failure
from hub.core.masking import lay_out
from orchestration.correction_models import Returned

#: As much of a message is read for its keys: headers and the first business item stand there.
_READ_BYTES = 64 * 1024
#: Where a message says what kind it is.
_KINDS = ("MSH-9", "ST01", "/event", "/type", "/event_type")
#: Where business keys stand, the most particular first; of JSON the end of the pointer.
_KEYS = (
    "FT1-2", "OBR-3", "SCH-1", "SCH-2", "PV1-19", "PID-18", "TRN02", "BHT03",
    "/appointment_id", "/appointment/id", "/object/id", "/visit_number", "/account_number",
)  # fmt: skip


def give_back(message: Message, *, reason: str, by: str, case_number: int, place: str = "") -> Returned:
    """A held message goes back. Raises BusinessRefusal for one that is not held any more."""
    count = Message.objects.filter(pk=message.pk, state=MessageState.HELD).update(state=MessageState.RETURNED)
    if not count:
        raise BusinessRefusal("not-held", "The message is not held any more; look at its page for what became of it.")
    info = feed(message.feed_code)
    return Returned.objects.create(
        message_id=message.pk, feed_code=message.feed_code, system=info.system, facility=message.facility,
        code=message.code, place=place[:120], reason=reason[:500], case_number=case_number, keys=keys_of(message),
        told=_contact(info.system), by=by, at=clock.now(),
    )  # fmt: skip


def take_back(ids: Sequence[UUID]) -> None:
    """These are tried again or given up here: nobody waits for their source any more."""
    Returned.objects.filter(message_id__in=ids, ended_at=None).update(ended_at=clock.now())


def follow(messages: Sequence[Message]) -> int:
    """See whether messages that were processed just now stand in the place of returned ones; returns for how many."""
    come = [message for message in messages if message.state == MessageState.PROCESSED]
    waiting: dict[str, list[Returned]] = defaultdict(list)
    for row in Returned.objects.filter(feed_code__in={message.feed_code for message in come}, ended_at=None):
        waiting[row.feed_code].append(row)
    return sum(_replaces(message, waiting[message.feed_code]) for message in come if message.feed_code in waiting)


def _replaces(message: Message, waiting: Sequence[Returned]) -> int:
    keys = set(keys_of(message))
    found = [row for row in waiting if row.message_id < message.pk and row.keys and row.keys[0] in keys]
    for row in found:
        row.corrected_by, row.ended_at = message.pk, clock.now()
        row.save(update_fields=["corrected_by", "ended_at"])
    ids = [row.message_id for row in found]
    return Message.objects.filter(pk__in=ids, state=MessageState.RETURNED).update(state=MessageState.REPLACED)


def keys_of(message: Message) -> list[str]:
    """`kind|place|value` of every business key that can be read, the most particular first."""
    try:
        with open_body(message) as body:
            layout = lay_out(body.read(_READ_BYTES))
    except Failure:
        return []
    standing: dict[str, str] = {}
    for line in layout:
        for value in line:
            if value.place and value.text.strip():
                standing.setdefault(_name(value.place), value.text.strip())
    kind = next((standing[place] for place in _KINDS if place in standing), "")
    return [f"{kind}|{place}|{standing[place].partition('^')[0]}"[:200] for place in _KEYS if place in standing]


def _name(place: str) -> str:
    """The place as the table of keys calls it."""
    return next((key for key in _KEYS if key.startswith("/") and place.endswith(key)), place)


def _contact(system: str) -> str:
    options = System.objects.filter(code=system).values_list("options", flat=True).first() or {}
    return str(options.get("contact", ""))[:120]
