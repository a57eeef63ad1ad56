"""Read an 837I, segment by segment, into the types of `institutional`."""

from __future__ import annotations

from typing import Any

from connectors.formats.x12.claim_entities import provider
from connectors.formats.x12.claim_parser import ClaimParser, period
from connectors.formats.x12.claims import Diagnosis
from connectors.formats.x12.delimiters import Delimiters
from connectors.formats.x12.institutional import (
    CodedProcedure,
    InstitutionalClaim,
    InstitutionalLine,
    Occurrence,
    ValueAmount,
)
from connectors.formats.x12.parts import procedure
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import NO_SEGMENT, Segment
from connectors.formats.x12.transaction import TransactionHeader
from connectors.formats.x12.values import ZERO, decimal_value

_claim = sealed(InstitutionalClaim)
_diagnosis = sealed(Diagnosis)
_line = sealed(InstitutionalLine)
#: HI01-1 to the part of the claim that it belongs to; the ICD-10 qualifier, then that of ICD-9.
_DIAGNOSES = {
    "principal": ("ABK", "BK"),
    "others": ("ABF", "BF"),
    "admitting": ("ABJ", "BJ"),
    "visit_reasons": ("APR", "PR"),
    "external_causes": ("ABN", "BN"),
}
_DIAGNOSIS_KINDS = {qualifier: kind for kind, qualifiers in _DIAGNOSES.items() for qualifier in qualifiers}
_PRINCIPAL_PROCEDURES = frozenset({"BBR", "BR", "BP"})
_OTHER_PROCEDURES = frozenset({"BBQ", "BQ", "BO"})
#: Spans, occurrences, values, conditions, DRG, treatments; ZZ is the reason for the visit in 004010.
_OTHER_LISTS = frozenset({"BI", "BH", "BE", "BG", "DR", "TC", "ZZ", "CAH"})
_NO_DAY = ("", "")


class InstitutionalParser(ClaimParser):
    """A claim of SV2 lines."""

    claim_parties = {
        "71": "2310A",
        "72": "2310B",
        "ZZ": "2310C",
        "73": "2310C",  # 004010: other provider
        "82": "2310D",
        "77": "2310E",
        "FA": "2310E",  # 004010: facility
        "DN": "2310F",
    }
    code_lists = frozenset(_DIAGNOSIS_KINDS) | _PRINCIPAL_PROCEDURES | _OTHER_PROCEDURES | _OTHER_LISTS
    service = "SV2"

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers["CL1"] = self._cl1

    def begin_claim(self) -> None:
        self._cl1_segment = NO_SEGMENT
        self._diagnoses: dict[str, list[Diagnosis]] = {}
        self._procedures: list[CodedProcedure] = []
        self._principal: list[CodedProcedure] = []
        self._spans: list[Occurrence] = []
        self._occurrences: list[Occurrence] = []
        self._values: list[ValueAmount] = []
        self._codes: dict[str, list[str]] = {}

    def _cl1(self, segment: Segment) -> None:
        self._cl1_segment = segment

    def health_code(self, qualifier: str, parts: list[str]) -> None:
        kind = _DIAGNOSIS_KINDS.get(qualifier)
        code = parts[1]
        if kind is not None:
            present = parts[8] if len(parts) > 8 else ""
            self._diagnoses.setdefault(kind, []).append(_diagnosis(code, qualifier, present))
            return
        first, last = period(parts[2], parts[3]) if len(parts) > 3 else (None, None)
        if qualifier in _PRINCIPAL_PROCEDURES:
            self._principal.append(CodedProcedure(code, first, qualifier))
        elif qualifier in _OTHER_PROCEDURES:
            self._procedures.append(CodedProcedure(code, first, qualifier))
        elif qualifier == "BI":
            self._spans.append(Occurrence(code, first, last))
        elif qualifier == "BH":
            self._occurrences.append(Occurrence(code, first))
        elif qualifier == "BE":
            amount = decimal_value(parts[4]) if len(parts) > 4 else None
            self._values.append(ValueAmount(code, amount or ZERO))
        else:
            self._codes.setdefault(qualifier, []).append(code)

    def build_line(self, sv: Segment, shared: dict[str, Any]) -> InstitutionalLine:
        get = sv.get
        revenue_code = self.required(sv, 1, "revenue code")
        return _line(
            revenue_code=revenue_code,
            procedure=procedure(get(2), self.component) if get(2) else None,
            charge=self.number(sv, 3, "line charge"),
            unit_basis=get(4),
            units=self.number(sv, 5, "number of units"),
            non_covered=self.optional_number(sv, 7, "charge not covered"),
            operating=provider(self.line_entities.get("72")),
            rendering=provider(self.line_entities.get("82")),
            **shared,
        )

    def build_claim(self, clm: Segment, shared: dict[str, Any]) -> InstitutionalClaim:
        first, through = period(*self.days.get("434", _NO_DAY))
        if first is None:
            self.missing(clm, "DTP", "2300", "DTP*434, the days of the statement")
        diagnoses, codes, cl1 = self._diagnoses, self._codes, self._cl1_segment
        admitted = self.days.get("435", _NO_DAY)
        return _claim(
            lines=tuple(self.lines),
            statement_from=first,
            statement_through=through or first,
            facility_code=clm.get(5).split(self.component)[0],
            admission_date=period(*admitted)[0],
            admission_hour=admitted[1][8:] if admitted[0] == "DT" else "",
            discharge_hour=self.days.get("096", _NO_DAY)[1],
            admission_type=cl1.get(1),
            admission_source=cl1.get(2),
            patient_status=cl1.get(3),
            diagnoses=(*diagnoses.get("principal", ()), *diagnoses.get("others", ())),
            admitting_diagnosis=next(iter(diagnoses.get("admitting", ())), None),
            visit_reasons=tuple(diagnoses.get("visit_reasons", ())),
            external_causes=tuple(diagnoses.get("external_causes", ())),
            drg=next(iter(codes.get("DR", ())), ""),
            procedures=(*self._principal, *self._procedures),
            occurrence_spans=tuple(self._spans),
            occurrences=tuple(self._occurrences),
            values=tuple(self._values),
            conditions=tuple(codes.get("BG", ())),
            treatments=tuple(codes.get("TC", ())),
            attending=self.provider("71"),
            operating=self.provider("72"),
            other_operating=self.provider("ZZ") or self.provider("73"),
            estimated_due=self.amounts.get("F3"),
            **shared,
        )
