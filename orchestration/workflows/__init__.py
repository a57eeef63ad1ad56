"""The workflows that the hub carries: one literal, every version that still has runs."""

from orchestration.workflow import Registry
from orchestration.workflows.charge_to_claim import WORKFLOW as CHARGE_TO_CLAIM
from orchestration.workflows.claim_correction import WORKFLOW as CLAIM_CORRECTION
from orchestration.workflows.claim_inquiry import WORKFLOW as CLAIM_INQUIRY
from orchestration.workflows.claim_next_payer import WORKFLOW as CLAIM_TO_NEXT_PAYER
from orchestration.workflows.claim_to_cash import WORKFLOW as CLAIM_TO_CASH
from orchestration.workflows.denial_follow_up import WORKFLOW as DENIAL_FOLLOW_UP
from orchestration.workflows.late_adjustment import WORKFLOW as LATE_ADJUSTMENT
from orchestration.workflows.patient_payment import WORKFLOW as PATIENT_PAYMENT
from orchestration.workflows.provider_adjustments import WORKFLOW as PROVIDER_ADJUSTMENTS
from orchestration.workflows.readiness import WORKFLOW as READINESS
from orchestration.workflows.schedule_to_plan import WORKFLOW as SCHEDULE_TO_PLAN

WORKFLOWS = Registry(
    [
        SCHEDULE_TO_PLAN,
        READINESS,
        CHARGE_TO_CLAIM,
        CLAIM_CORRECTION,
        CLAIM_INQUIRY,
        CLAIM_TO_NEXT_PAYER,
        CLAIM_TO_CASH,
        PROVIDER_ADJUSTMENTS,
        DENIAL_FOLLOW_UP,
        LATE_ADJUSTMENT,
        PATIENT_PAYMENT,
    ]
)

__all__ = ["WORKFLOWS"]
