"""What the list of onboardings can be narrowed by."""

from __future__ import annotations

from django_filters import ChoiceFilter, FilterSet

from hub.onboarding.models import Onboarding
from hub.onboarding.states import OnboardingState


class OnboardingFilter(FilterSet):  # type: ignore[misc]
    state = ChoiceFilter(label="State", choices=OnboardingState.choices, empty_label="Any state")

    class Meta:
        model = Onboarding
        fields: tuple[str, ...] = ()
