"""Messages and deliveries by the numbers that others gave them: each look-up goes through one index and has an end.

A scope is put over what an index found, never the other way round: a reader of one facility would otherwise wait while
millions of rows of others are passed over.
"""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from connectors.models import Delivery, Message, PostingKey, System
from hub.console.selectors.journeys import SHORTEST_BEGINNING
from hub.console.selectors.messages import messages as scoped_messages
from hub.governance import access
from hub.governance.access import Who
from hub.governance.roles import Permission

#: The beginning of a number may be that of millions; no more than these are looked at.
_LOOKED_AT = 200

_Row = TypeVar("_Row", bound=Model)


def newest(rows: QuerySet[_Row], most: int) -> list[_Row]:
    return list(rows.order_by("-pk")[:most])


def messages(who: Who, text: str, *, most: int) -> list[Message]:
    """By its sender's number (MSH-10, ISA13, webhook id) or the name of its file: whole, else by its beginning."""
    rows = Message.objects.values_list("pk", flat=True)
    ids = {*rows.filter(control_id=text)[:_LOOKED_AT], *rows.exclude(name="").filter(name=text)[:_LOOKED_AT]}
    if not ids and len(text) >= SHORTEST_BEGINNING:
        ids = {
            *rows.filter(control_id__startswith=text)[:_LOOKED_AT],
            *rows.exclude(name="").filter(name__startswith=text)[:_LOOKED_AT],
        }
    return newest(scoped_messages(who).filter(pk__in=ids), most)


def deliveries(who: Who) -> QuerySet[Delivery]:
    """Those that a run sent and `who` may see, without what was said."""
    rows = Delivery.objects.exclude(run_id=None).defer("sealed_request", "sealed_response")
    return access.scoped(rows, who, Permission.VIEW_RUNS)


def deliveries_named(who: Who, text: str, *, most: int) -> list[Delivery]:
    referenced = Delivery.objects.exclude(reference="").values_list("pk", flat=True)
    keyed = PostingKey.objects.filter(system__in=_systems(), key=text).values_list("delivery_id", flat=True)
    ids = {*referenced.filter(reference=text)[:_LOOKED_AT], *keyed}
    if not ids and len(text) >= SHORTEST_BEGINNING:
        ids = set(referenced.filter(reference__startswith=text)[:_LOOKED_AT])
    return newest(deliveries(who).filter(pk__in=ids), most)


def posting_keys(reference: str, *, most: int) -> list[str]:
    """The posting keys under which the far side gave this reference."""
    rows = Delivery.objects.exclude(reference="").filter(reference=reference)
    return list(rows.values_list("posting_key", flat=True)[:most])


def _systems() -> list[str]:
    return list(System.objects.values_list("code", flat=True))
