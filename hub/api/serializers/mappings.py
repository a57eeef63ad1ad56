"""Mappings as the API shows them."""

from __future__ import annotations

from datetime import date

from rest_framework.serializers import ModelSerializer, SerializerMethodField

from hub.masterdata.models import Mapping
from hub.masterdata.ranges import end_of, start_of


class MappingSerializer(ModelSerializer[Mapping]):
    effective_from = SerializerMethodField(help_text="The first day; null: always.")
    effective_until = SerializerMethodField(help_text="The first day on which it no longer holds; null: open.")

    class Meta:
        model = Mapping
        fields = (
            "id", "domain", "system", "facility", "match", "local_code", "canonical_code", "effective_from",
            "effective_until", "state", "note", "proposed_by", "decided_by", "decided_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_effective_from(self, mapping: Mapping) -> date | None:
        return start_of(mapping.effective)

    def get_effective_until(self, mapping: Mapping) -> date | None:
        return end_of(mapping.effective)
