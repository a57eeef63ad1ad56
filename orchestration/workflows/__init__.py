"""The workflows that the hub carries: one literal, every version that still has runs."""

from orchestration.workflow import Registry
from orchestration.workflows import (
    charge_to_claim,
    claim_to_cash,
    denial_follow_up,
    patient_payment,
    provider_adjustments,
    schedule_to_plan,
)

WORKFLOWS = Registry(
    [
        schedule_to_plan.WORKFLOW,
        charge_to_claim.WORKFLOW,
        claim_to_cash.WORKFLOW,
        provider_adjustments.WORKFLOW,
        denial_follow_up.WORKFLOW,
        patient_payment.WORKFLOW,
    ]
)

__all__ = ["WORKFLOWS"]
