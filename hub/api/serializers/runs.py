"""Runs as the API shows them. Outputs and exchanges stay inside: they may name patients."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework.serializers import (
    BooleanField,
    CharField,
    DateTimeField,
    IntegerField,
    ModelSerializer,
    Serializer,
    SerializerMethodField,
    UUIDField,
)

from connectors.models import Delivery
from hub.console.selectors.runs import StepStory, step_title, story, workflow_title
from hub.core.identifiers import masked_key
from orchestration.models import Run


class RunSerializer(ModelSerializer[Run]):
    title = SerializerMethodField(help_text="The workflow's name.")
    about = SerializerMethodField(help_text="The entity's key, masked.")

    class Meta:
        model = Run
        fields = (
            "id", "workflow", "version", "title", "state", "step", "facility", "amount", "about", "event_id",
            "event_type", "journey_id", "generation", "created_at", "changed_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_title(self, run: Run) -> str:
        return workflow_title(run.workflow)

    def get_about(self, run: Run) -> str:
        return masked_key(run.entity_key)


class DeliverySerializer(ModelSerializer[Delivery]):
    posting_key = SerializerMethodField(help_text="Masked.")

    class Meta:
        model = Delivery
        fields = (
            "id", "system", "operation", "posting_key", "state", "reference", "status", "failure_class", "code",
            "detail", "attempts", "repeated", "created_at", "sent_at", "finished_at", "elapsed_ms",
        )  # fmt: skip
        read_only_fields = fields

    def get_posting_key(self, delivery: Delivery) -> str:
        return masked_key(delivery.posting_key)


class StepSerializer(Serializer[StepStory]):
    id = UUIDField(source="step.id")
    index = IntegerField(source="step.index")
    name = CharField(source="step.name")
    title = CharField()
    generation = IntegerField(source="step.generation")
    state = CharField(source="step.state")
    attempts = IntegerField(source="step.attempts")
    failure_class = CharField(source="step.failure_class")
    code = CharField(source="step.code")
    detail = CharField(source="step.detail")
    started_at = DateTimeField(source="step.started_at")
    finished_at = DateTimeField(source="step.finished_at", allow_null=True)
    replaced = BooleanField(help_text="By a replay from this step or an earlier one.")
    deliveries = DeliverySerializer(many=True)


class RunDetailSerializer(RunSerializer):
    step_title = SerializerMethodField()
    steps = SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "step_title", "pins", "steps")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_step_title(self, run: Run) -> str:
        return step_title(run, run.step)

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, run: Run) -> object:
        told = story(run)
        return [StepSerializer(item).data for item in (*told.earlier, *told.steps)]
