"""Cases as the API shows them, and what their actions ask for."""

from __future__ import annotations

from rest_framework import serializers

from exceptions.acts import NOTE_LENGTH
from exceptions.models import Case
from exceptions.services import HeldChoice
from exceptions.states import SAID_BY_PEOPLE
from hub.core.identifiers import masked_key

#: What a fix needs to know and may name a patient's account.
_IDENTIFYING = frozenset({"account", "account_number", "claim", "payment", "visit"})


class CaseSerializer(serializers.ModelSerializer[Case]):
    owner = serializers.CharField(source="owner.username", allow_null=True, default=None)
    resolution = serializers.CharField(help_text="Empty until it is resolved.")
    subject = serializers.SerializerMethodField(help_text="What the fix needs to know; identifiers masked.")

    class Meta:
        model = Case
        fields = (
            "id", "number", "title", "detail", "hint", "failure_class", "code", "queue", "state", "resolution",
            "system", "facility", "owner", "amount", "held", "priority", "subject", "opened_at", "last_seen_at",
            "due_at", "resolved_at", "version",
        )  # fmt: skip
        read_only_fields = fields

    def get_subject(self, case: Case) -> dict[str, str]:
        return {
            name: masked_key(str(value)) if name in _IDENTIFYING else str(value) for name, value in case.subject.items()
        }


class ActSerializer(serializers.Serializer[None]):
    """`version` is the one that the caller saw: where the case has changed since, nothing happens."""

    version = serializers.IntegerField(required=False)


class CommentSerializer(serializers.Serializer[None]):
    text = serializers.CharField(max_length=NOTE_LENGTH)


class ResolveSerializer(ActSerializer):
    resolution = serializers.ChoiceField(choices=SAID_BY_PEOPLE)
    reason = serializers.CharField(max_length=500)
    held = serializers.ChoiceField(
        choices=[choice.value for choice in HeldChoice],
        required=False,
        help_text="What happens to what it still holds.",
    )


class ReleaseSerializer(ActSerializer):
    reason = serializers.CharField(max_length=500, required=False, default="")
    rate = serializers.IntegerField(min_value=0, max_value=10_000, required=False, default=0)
