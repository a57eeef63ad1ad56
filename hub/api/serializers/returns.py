"""Returned messages as the API shows them: nothing of what stands in them."""

from __future__ import annotations

from rest_framework.serializers import CharField, DateTimeField, ModelSerializer, UUIDField

from orchestration.correction_models import Returned


class ReturnSerializer(ModelSerializer[Returned]):
    """`control_id` is the sender's own number of the message; `place` is where the fault lies."""

    message = UUIDField(source="message_id")
    feed = CharField(source="feed_code")
    control_id = CharField()
    returned_at = DateTimeField(source="at")

    class Meta:
        model = Returned
        fields = (
            "id", "message", "control_id", "feed", "system", "facility", "code", "place", "reason", "returned_at",
            "corrected_by", "ended_at",
        )  # fmt: skip
        read_only_fields = fields
