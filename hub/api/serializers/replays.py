"""Replays as the API shows them, and what it takes to ask for one."""

from __future__ import annotations

from rest_framework.serializers import (
    CharField,
    ChoiceField,
    IntegerField,
    ListField,
    ModelSerializer,
    Serializer,
    UUIDField,
)

from exceptions.replays.models import Replay
from exceptions.replays.services import MOST_IDS
from exceptions.replays.states import Source, Versions


class ReplaySerializer(ModelSerializer[Replay]):
    chosen = IntegerField(help_text="Items that are or were to be replayed.", read_only=True)

    class Meta:
        model = Replay
        fields = (
            "number", "state", "source", "from_step", "versions", "rate", "reason", "requester", "requested_at",
            "previewed_at", "asks", "decided_by", "decided_at", "started_at", "finished_at", "chosen", "counts",
            "effects", "amount", "compared", "differing", "facilities", "truncated", "report", "sealed_as", "version",
        )  # fmt: skip
        read_only_fields = fields


class ReplayRequestSerializer(Serializer[None]):
    """`ids` are those of runs, messages or cases, as `source` says."""

    source = ChoiceField(choices=Source.choices)  # type: ignore[assignment]  # a field of this name, not its option
    ids = ListField(child=UUIDField(), allow_empty=False, max_length=MOST_IDS)
    from_step = CharField(required=False, allow_blank=True, default="", max_length=40)
    versions = ChoiceField(choices=Versions.choices, default=Versions.TODAY)
    rate = IntegerField(min_value=0, max_value=10_000, default=0, help_text="Items a second; 0 sets no limit.")
    reason = CharField(max_length=500)
