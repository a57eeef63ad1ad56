"""Parked work, as the rooms below would announce it, and the cast of these tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from threading import Thread
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction

from exceptions.models import Case
from hub.core.errors import BusinessRefusal, Failure, MappingMissing
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked, park
from hub.governance.access import Actor, Door
from hub.governance.models import Grant


def unmapped(code: str = "PT-REHAB", facility: str = "C07", domain: str = "department") -> MappingMissing:
    """What the crosswalk raises for a code that nobody mapped."""
    subject = {"domain": domain, "system": "scheduling", "facility": facility, "local_code": code}
    return MappingMissing(f"unmapped-{domain}", cause=tuple(subject.values()), subject=subject)


def no_charge() -> BusinessRefusal:
    return BusinessRefusal("completed-without-charge", "The visit is over and no charge came.")


def held(
    failure: Failure | None = None,
    *,
    kind: Held = Held.MESSAGE,
    ref: UUID | None = None,
    amount: str = "0.00",
    facility: str = "C07",
    system: str = "scheduling",
    due_at: datetime | None = None,
) -> Parked:
    return Parked(
        kind=kind,
        ref=ref or uuid7(),
        failure=failure or unmapped(),
        system=system,
        facility=facility,
        workflow="W1" if kind is Held.RUN else "",
        step="plan" if kind is Held.RUN else "",
        amount=Decimal(amount),
        due_at=due_at,
    )


def parked(*items: Parked) -> Case:
    """Park `items` in one transaction; the case of the last one."""
    with transaction.atomic():
        for item in items:
            park(item)
    return Case.objects.order_by("-last_seen_at", "-id")[0]


def person(username: str, role: str, *facilities: str) -> Actor:
    """Someone who holds `role` at `facilities`, or everywhere, and came in by a page."""
    user = User.objects.create_user(username)
    Grant.objects.bulk_create(Grant(user=user, role=role, facility=place) for place in facilities or ("",))
    return Actor.of(user, Door.PAGE)


def at_once(*works: Callable[[], None]) -> None:
    """Run `works` side by side, each on a connection of its own; the first error is raised here."""
    errors: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that asserts
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
