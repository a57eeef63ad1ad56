"""What is to be told, written down beside what happened: it is told if that is committed, and only then."""

from __future__ import annotations

from django.db.models import Q

from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.models import Case
from exceptions.queue import alerts_leave
from exceptions.states import AlertEvent
from hub.core.clock import machine_now
from hub.core.ids import uuid7


def tell(case: Case, event: AlertEvent, *, once: str = "") -> None:
    """Every endpoint that asked for `event` in cases like this one. `once` names what is told a single time."""
    asked = AlertEndpoint.objects.filter(
        Q(team=None) | Q(team_id=case.team_id), queue__in=("", case.queue), paused=False, events__contains=[event.value]
    )
    ids = list(asked.values_list("id", flat=True))
    if not ids:
        return
    moment = machine_now()
    Alert.objects.bulk_create(
        (
            Alert(
                endpoint_id=endpoint,
                case=case,
                event=event,
                key=f"{event.value}:{case.id}:{once}" if once else str(uuid7()),
                due_at=moment,
            )
            for endpoint in ids
        ),
        ignore_conflicts=True,
    )
    alerts_leave()
