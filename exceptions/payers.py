"""Whose money a case is about: the payer that the failure names or, for a thing by itself, that of its journey."""

from __future__ import annotations

from django.db.models import Q

from exceptions import policy
from hub.core.parking import Parked
from hub.masterdata.models import Payer
from hub.records.models import Claim, Encounter

#: As long as a payer's code may be; records also keep what a sender called it.
_CODE = 20


def payer_of(item: Parked) -> str:
    """The payer's code; empty where a cause is many payers', or nobody's money is at stake."""
    named = item.failure.subject.get("payer", "")
    if named:
        # Sentences name payers as people do, records by their code.
        return Payer.objects.filter(Q(code=named) | Q(name=named)).values_list("code", flat=True).first() or ""
    if item.journey_id is None or policy.policy_for(item.failure).fold is not policy.Fold.ITEM:
        return ""
    for records in (Claim.objects, Encounter.objects):
        code = records.filter(journey_id=item.journey_id).order_by("-id").values_list("payer", flat=True).first()
        if code:
            return str(code)[:_CODE]
    return ""
