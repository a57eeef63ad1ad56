"""What people are asked inside a case of cash: whose payment it is, what becomes of an adjustment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exceptions.decisions import CHOICES
from hub.console.forms.case import ReasonField
from hub.console.selectors.decide import Offer
from hub.core.identifiers import masked_identifier
from hub.masterdata.decisions import OUTCOME_NAMES
from hub.records.models import Claim
from hub.ui.format import money_text, when_text

_LONGEST_NUMBER = 40  # CLM01


class ChooseClaimForm(forms.Form):
    """`offered` names claims by their ids: a claim's number may be a patient's account."""

    offered = forms.ChoiceField(label="It is probably for", widget=forms.RadioSelect, required=False)
    other = forms.CharField(
        label="Another claim", required=False, max_length=_LONGEST_NUMBER, help_text="Its number as we sent it."
    )
    reason = forms.CharField(label="Note", max_length=200, required=False)

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offered"].choices = [(str(one.claim.pk), _drawn(one)) for one in offers]  # type: ignore[attr-defined]
        if not offers:
            del self.fields["offered"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        number = cleaned.get("other", "").strip()
        if not number and cleaned.get("offered"):
            number = Claim.objects.values_list("key", flat=True).get(pk=cleaned["offered"])
        if not number and not self.errors:
            self.add_error("other", "Choose the claim that the payment is for.")
        return {"claim_number": number, "reason": cleaned.get("reason", "")}


class DecideAdjustmentForm(forms.Form):
    outcome = forms.ChoiceField(
        label="What becomes of it",
        widget=forms.RadioSelect,
        choices=[(str(choice), OUTCOME_NAMES[choice]) for choice in CHOICES],
    )
    reason = ReasonField(widget=forms.TextInput())


def _drawn(one: Offer) -> SafeString:
    claim = one.claim
    sent = f"sent {when_text(claim.submitted_at)}" if claim.submitted_at else "not sent"
    paid = f"paid {money_text(claim.paid)} so far" if claim.paid else "not paid yet"
    return format_html(
        '<span><strong>{}</strong> {} {}<span class="cell-sub">{} · {} · {} · {} points</span></span>',
        money_text(claim.amount),
        claim.payer,
        masked_identifier(claim.key),
        claim.facility,
        sent,
        paid,
        one.score,
    )
