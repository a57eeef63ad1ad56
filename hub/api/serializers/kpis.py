"""KPIs as the API shows them: the number with its definition, version, denominator, trend and freshness."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hub.kpis.figures import Figure, TrendPoint
from hub.kpis.selectors import Headline, Source


class FigureSerializer(serializers.Serializer[Figure]):
    facility = serializers.CharField(help_text="`*` is everything that the caller may see.")
    part = serializers.CharField(help_text="An interface or an age, where the number is split.")
    count = serializers.IntegerField(help_text="What the number was made from.")
    value = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    tail = serializers.DecimalField(max_digits=18, decimal_places=2, allow_null=True)
    newest = serializers.DateTimeField(allow_null=True)


class TrendSerializer(serializers.Serializer[TrendPoint]):
    day = serializers.DateField()
    count = serializers.IntegerField(source="figure.count")
    value = serializers.DecimalField(source="figure.value", max_digits=18, decimal_places=2, allow_null=True)


class SourceSerializer(serializers.Serializer[Source]):
    system = serializers.CharField()
    facility = serializers.CharField()
    received_at = serializers.DateTimeField()


class KpiSerializer(serializers.Serializer[Headline]):
    kpi = serializers.CharField(source="definition.kpi.value")
    version = serializers.IntegerField(source="definition.version")
    name = serializers.CharField(source="definition.name")
    formula = serializers.CharField(source="definition.formula")
    unit = serializers.CharField(source="definition.unit.value")
    direction = serializers.CharField(source="definition.direction.value")
    value_label = serializers.CharField(source="definition.value_label")
    tail_label = serializers.CharField(source="definition.tail_label")
    as_of = serializers.DateTimeField()
    figure = FigureSerializer()
    trend = TrendSerializer(many=True)
    stale = SourceSerializer(many=True)


class KpiDetailSerializer(KpiSerializer):
    figures = serializers.SerializerMethodField()

    @extend_schema_field(FigureSerializer(many=True))
    def get_figures(self, told: Headline) -> object:
        return [FigureSerializer(figure).data for figure in self.context["figures"]]
