"""Messages as the API shows them: what came when and what became of it, and never the payload."""

from __future__ import annotations

from rest_framework.serializers import CharField, ModelSerializer

from connectors.models import Message


class MessageSerializer(ModelSerializer[Message]):
    feed = CharField(source="feed_code")

    class Meta:
        model = Message
        fields = (
            "id", "feed", "facility", "state", "received_at", "processed_at", "content_type", "contract_version",
            "control_id", "name", "size", "sha256", "duplicate_of", "journey_id", "code", "detail", "attempts",
        )  # fmt: skip
        read_only_fields = fields
