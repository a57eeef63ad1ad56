"""Read an 837I, segment by segment, into the types of `institutional`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from connectors.formats.x12.claim_gathered import NO_DAY, OpenClaim, OpenLine, period
from connectors.formats.x12.claim_parser import ClaimParser
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
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.transaction import TransactionHeader
from connectors.formats.x12.values import ZERO, decimal_value

_claim = sealed(InstitutionalClaim)
_diagnosis = sealed(Diagnosis)
_line = sealed(InstitutionalLine)
#: HI01-1 by what the codes are, those of ICD-10 first.
_PRINCIPAL, _OTHERS, _ADMITTING = ("ABK", "BK"), ("ABF", "BF"), ("ABJ", "BJ")
_VISIT_REASONS, _EXTERNAL_CAUSES = ("APR", "PR"), ("ABN", "BN")
_PRINCIPAL_PROCEDURE, _OTHER_PROCEDURES = ("BBR", "BR", "BP"), ("BBQ", "BQ", "BO")  # BP and BO in 004010
_SPANS, _OCCURRENCES, _VALUES, _CONDITIONS, _DRG, _TREATMENTS = ("BI",), ("BH",), ("BE",), ("BG",), ("DR",), ("TC",)
_NOT_KEPT = ("ZZ", "CAH")  # 004010: reason for the visit; advanced billing concepts


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
    code_lists = frozenset(
        (*_PRINCIPAL, *_OTHERS, *_ADMITTING, *_VISIT_REASONS, *_EXTERNAL_CAUSES)
        + (*_PRINCIPAL_PROCEDURE, *_OTHER_PROCEDURES, *_SPANS, *_OCCURRENCES)
        + (*_VALUES, *_CONDITIONS, *_DRG, *_TREATMENTS, *_NOT_KEPT)
    )
    service = "SV2"

    def __init__(self, header: TransactionHeader, delimiters: Delimiters) -> None:
        super().__init__(header, delimiters)
        self.handlers["CL1"] = self._cl1

    def _cl1(self, segment: Segment) -> None:
        if self.claim is None:
            self.misplaced(segment, "CL1 after CLM")
            return
        self.claim.cl1 = segment

    def build_line(self, sv: Segment, line: OpenLine, shared: dict[str, Any]) -> InstitutionalLine:
        get = sv.get
        return _line(
            revenue_code=self.required(sv, 1, "revenue code"),
            procedure=procedure(get(2), self.component) if get(2) else None,
            charge=self.number(sv, 3, "line charge"),
            unit_basis=get(4),
            units=self.number(sv, 5, "number of units"),
            non_covered=self.optional_number(sv, 7, "charge not covered"),
            operating=line.provider("72"),
            **shared,
        )

    def build_claim(self, claim: OpenClaim, shared: dict[str, Any]) -> InstitutionalClaim:
        first, through = period(*claim.days.get("434", NO_DAY))
        if first is None:
            self.missing(claim.clm, "DTP", "2300", "DTP*434, the days of the statement")
        if self.strict and not claim.cl1.number:
            self.missing(claim.clm, "CL1", "2300", "CL1, the patient status, in the claim")
        codes, cl1 = _Codes(claim.codes), claim.cl1
        admitted = claim.days.get("435", NO_DAY)
        return _claim(
            statement_from=first,
            statement_through=through or first,
            facility_code=claim.facility[0],
            admission_date=period(*admitted)[0],
            admission_hour=admitted[1][8:] if admitted[0] == "DT" else "",
            discharge_hour=claim.days.get("096", NO_DAY)[1],
            admission_type=cl1.get(1),
            admission_source=cl1.get(2),
            patient_status=cl1.get(3),
            diagnoses=codes.diagnoses(_PRINCIPAL) + codes.diagnoses(_OTHERS),
            admitting_diagnosis=next(iter(codes.diagnoses(_ADMITTING)), None),
            visit_reasons=codes.diagnoses(_VISIT_REASONS),
            external_causes=codes.diagnoses(_EXTERNAL_CAUSES),
            drg=next(iter(codes.plain(_DRG)), ""),
            procedures=codes.procedures(_PRINCIPAL_PROCEDURE) + codes.procedures(_OTHER_PROCEDURES),
            occurrence_spans=codes.occurrences(_SPANS),
            occurrences=codes.occurrences(_OCCURRENCES),
            values=codes.values(_VALUES),
            conditions=codes.plain(_CONDITIONS),
            treatments=codes.plain(_TREATMENTS),
            attending=claim.provider("71"),
            operating=claim.provider("72"),
            other_operating=claim.provider("ZZ") or claim.provider("73"),
            estimated_due=claim.amounts.get("F3"),
            **shared,
        )


class _Codes:
    """The composites of HI by their list: qualifier, code, format of a date, date, amount, and more."""

    def __init__(self, composites: Iterable[list[str]]) -> None:
        self._by_list: dict[str, list[list[str]]] = {}
        for parts in composites:
            self._by_list.setdefault(parts[0], []).append(parts)

    def _of(self, lists: tuple[str, ...]) -> list[list[str]]:
        return [parts for name in lists for parts in self._by_list.get(name, ())]

    def plain(self, lists: tuple[str, ...]) -> tuple[str, ...]:
        return tuple([parts[1] for parts in self._of(lists)])

    def diagnoses(self, lists: tuple[str, ...]) -> tuple[Diagnosis, ...]:
        return tuple([_diagnosis(parts[1], parts[0], "".join(parts[8:9])) for parts in self._of(lists)])

    def procedures(self, lists: tuple[str, ...]) -> tuple[CodedProcedure, ...]:
        return tuple([CodedProcedure(parts[1], _days(parts)[0], parts[0]) for parts in self._of(lists)])

    def occurrences(self, lists: tuple[str, ...]) -> tuple[Occurrence, ...]:
        return tuple([Occurrence(parts[1], *_days(parts)) for parts in self._of(lists)])

    def values(self, lists: tuple[str, ...]) -> tuple[ValueAmount, ...]:
        return tuple([ValueAmount(parts[1], decimal_value("".join(parts[4:5])) or ZERO) for parts in self._of(lists)])


def _days(parts: list[str]) -> tuple[date | None, date | None]:
    return period(parts[2], parts[3]) if len(parts) > 3 else (None, None)
