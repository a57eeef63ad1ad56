"""The 999 that answers an X12 file: made when the file is recorded or set aside, sent through its sender's lane."""

from __future__ import annotations

from connectors.base import DeliveryRequest
from connectors.formats.x12 import GroupResponse, OutgoingInterchange, acknowledge, write_999
from connectors.models import Message, System
from connectors.outbound import NewDelivery, enqueue
from connectors.selectors import FeedInfo
from connectors.translation import Incoming
from hub.core import clock

#: A 999 is never answered by a 999 (005010X231A1 §1.4), or two systems would thank each other for ever.
_NEVER_ANSWERED = frozenset({"FA"})


def acknowledge_file(message: Message, info: FeedInfo, arrived: Incoming) -> None:
    """Put the 999 for this file into its sender's lane, inside the caller's transaction; once per message."""
    with arrived.open() as stream:
        answers = [item for item in acknowledge(stream) if _wanted(item.group)]
    if not answers:
        return
    options = System.objects.values_list("options", flat=True).get(code=info.system)
    number = message.id.int % 10**9
    content = write_999(
        answers,
        interchange=OutgoingInterchange(
            sender=str(options.get("submitter_id", "THROUGHLINE")),
            receiver=str(options.get("receiver_id", "CLEARINGHOUSE")),
            control_number=number,
            group_control_number=number,
            created=clock.now(),
        ),
    )
    enqueue(
        [
            NewDelivery(
                system=info.system,
                request=DeliveryRequest(
                    "acknowledgement.submit",
                    f"999:{message.id}",
                    {"name": f"999-{message.id}.x12", "content": content.decode()},
                ),
            )
        ]
    )


def _wanted(group: GroupResponse) -> bool:
    return group.functional_id not in _NEVER_ANSWERED
