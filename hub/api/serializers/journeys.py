"""Journeys as the API shows them: stages, dollars and what is expected; every number of a patient masked."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hub.console.selectors.expectations import Expected, expected
from hub.console.selectors.journeys import JourneyStory
from hub.console.tables.journey import Stop, stages
from hub.core.identifiers import masked_identifier, masked_key
from hub.ledger.models import Entry
from hub.records.models import Appointment, Charge, Claim, ClaimPayment, Encounter, Journey, Payment


class Dollars(serializers.DecimalField):
    """An amount as a decimal string; JSON numbers are floats to most readers."""

    def __init__(self, *, allow_null: bool = False, **options: Any) -> None:
        super().__init__(max_digits=16, decimal_places=2, allow_null=allow_null, **options)


class JourneySerializer(serializers.ModelSerializer[Journey]):
    account = serializers.SerializerMethodField(help_text="The patient account number, masked.")

    class Meta:
        model = Journey
        fields = ("id", "account", "facility", "opened_at")
        read_only_fields = fields

    def get_account(self, journey: Journey) -> str:
        return masked_identifier(journey.account_number)


class FindSerializer(serializers.Serializer[None]):
    number = serializers.CharField(
        max_length=160, help_text="An account, appointment, visit, claim, trace or control number, exactly."
    )


class _Keyed(serializers.ModelSerializer):  # type: ignore[type-arg]
    key = serializers.SerializerMethodField(help_text="Masked.")

    def get_key(self, record: object) -> str:
        return masked_key(str(getattr(record, "key", "")))


class AppointmentSerializer(_Keyed):
    class Meta:
        model = Appointment
        fields = (
            "key", "status", "starts_at", "facility", "department", "provider", "service_line", "payer", "visit_type",
            "cost_center", "expected_amount", "completed_at",
        )  # fmt: skip
        read_only_fields = fields


class EncounterSerializer(_Keyed):
    class Meta:
        model = Encounter
        fields = (
            "key", "status", "encounter_class", "facility", "department", "provider", "location", "payer", "started_at",
            "ended_at",
        )  # fmt: skip
        read_only_fields = fields


class ChargeSerializer(_Keyed):
    class Meta:
        model = Charge
        fields = (
            "key", "status", "service_date", "procedure_code", "modifiers", "units", "amount", "currency", "department",
            "provider", "captured_at",
        )  # fmt: skip
        read_only_fields = fields


class ClaimSerializer(_Keyed):
    class Meta:
        model = Claim
        fields = (
            "key", "status", "payer", "frequency_code", "amount", "paid", "contractual", "patient_responsibility",
            "currency", "submitted_at", "accepted_at", "adjudicated_at",
        )  # fmt: skip
        read_only_fields = fields


class RemittedSerializer(serializers.ModelSerializer[ClaimPayment]):
    trace_number = serializers.CharField(source="remittance.trace_number")
    payer = serializers.CharField(source="remittance.payer")
    paid_on = serializers.DateField(source="remittance.paid_on", allow_null=True)

    class Meta:
        model = ClaimPayment
        fields = (
            "trace_number", "payer", "paid_on", "position", "kind", "status_code", "charge", "paid",
            "patient_responsibility", "adjustments", "posted_at",
        )  # fmt: skip
        read_only_fields = fields


class PaymentSerializer(_Keyed):
    class Meta:
        model = Payment
        fields = ("key", "status", "amount", "currency", "method", "matched", "settled_at", "posted_at")
        read_only_fields = fields


class EntrySerializer(serializers.ModelSerializer[Entry]):
    posting_key = serializers.SerializerMethodField(help_text="Masked.")
    total = Dollars()

    class Meta:
        model = Entry
        fields = (
            "id", "posting_key", "kind", "effective_date", "currency", "total", "state", "erp_reference", "recorded_at",
            "posted_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_posting_key(self, entry: Entry) -> str:
        return masked_key(entry.posting_key)


class StageSerializer(serializers.Serializer[Stop]):
    title = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    amount = Dollars(allow_null=True)
    reached = serializers.SerializerMethodField()
    words = serializers.CharField()

    def get_reached(self, stop: Stop) -> bool:
        return stop.tone is not None


class ExpectedSerializer(serializers.Serializer[Expected]):
    what = serializers.CharField()
    amount = Dollars(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    case = serializers.IntegerField(source="case_number", allow_null=True)


class DollarsSerializer(serializers.Serializer[JourneyStory]):
    """What the journey came to. `payer_owes` and `patient_owes` are what the books say."""

    expected = Dollars(allow_null=True)
    charged = Dollars()
    claimed = Dollars()
    paid_by_payers = Dollars()
    contractual = Dollars()
    patient_share = Dollars()
    paid_by_patient = Dollars()
    payer_owes = Dollars()
    patient_owes = Dollars()


class StorySerializer(serializers.Serializer[JourneyStory]):
    """One journey, whole."""

    id = serializers.UUIDField(source="journey.id")
    account = serializers.SerializerMethodField(help_text="The patient account number, masked.")
    facility = serializers.CharField(source="journey.facility")
    opened_at = serializers.DateTimeField(source="journey.opened_at")
    dollars = DollarsSerializer(source="*")
    stages = serializers.SerializerMethodField()
    expected = serializers.SerializerMethodField()
    appointments = AppointmentSerializer(many=True)
    encounters = EncounterSerializer(many=True)
    charges = ChargeSerializer(many=True)
    claims = ClaimSerializer(many=True)
    remitted = RemittedSerializer(many=True)
    entries = EntrySerializer(many=True)
    payments = PaymentSerializer(many=True)
    run_ids = serializers.SerializerMethodField()
    open_cases = serializers.SerializerMethodField(help_text="Numbers of cases.")

    def get_account(self, told: JourneyStory) -> str:
        return masked_identifier(told.journey.account_number)

    @extend_schema_field(StageSerializer(many=True))
    def get_stages(self, told: JourneyStory) -> object:
        return [StageSerializer(stop).data for stop in stages(told)]

    @extend_schema_field(ExpectedSerializer(many=True))
    def get_expected(self, told: JourneyStory) -> object:
        return [ExpectedSerializer(item).data for item in expected(told)]

    def get_run_ids(self, told: JourneyStory) -> list[str]:
        return [str(run.pk) for run in told.runs]

    def get_open_cases(self, told: JourneyStory) -> list[int]:
        return [case.number for case in told.open_cases]
