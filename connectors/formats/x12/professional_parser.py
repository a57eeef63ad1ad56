"""Read an 837P, segment by segment, into the types of `professional`."""

from __future__ import annotations

from typing import Any

from connectors.formats.x12.claim_gathered import OpenClaim, OpenLine
from connectors.formats.x12.claim_parser import ClaimParser
from connectors.formats.x12.claims import Diagnosis
from connectors.formats.x12.parts import procedure
from connectors.formats.x12.professional import ClaimLine, ProfessionalClaim
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.values import count_value

_claim = sealed(ProfessionalClaim)
_diagnosis = sealed(Diagnosis)
_line = sealed(ClaimLine)
_DIAGNOSES = frozenset({"ABK", "ABF", "BK", "BF"})


class ProfessionalParser(ClaimParser):
    """A claim of SV1 lines."""

    claim_parties = {
        "DN": "2310A",
        "P3": "2310A",
        "82": "2310B",
        "77": "2310C",
        "DQ": "2310D",
        "PW": "2310E",
        "45": "2310F",
    }
    code_lists = _DIAGNOSES | {"BP", "BO", "BG"}  # anesthesia procedures and conditions, which are not kept
    service = "SV1"

    def build_line(self, sv: Segment, line: OpenLine, shared: dict[str, Any]) -> ClaimLine:
        get = sv.get
        self.required(sv, 1, "procedure")
        if shared["service_date"] is None:
            self.missing(sv, "DTP", "2400", "DTP*472, the service date")
        return _line(
            procedure=procedure(get(1), self.component),
            charge=self.number(sv, 2, "line charge"),
            unit_basis=get(3),
            units=self.number(sv, 4, "number of units"),
            place_of_service=get(5),
            diagnosis_pointers=_counts(get(7), self.component),
            **shared,
        )

    def build_claim(self, claim: OpenClaim, shared: dict[str, Any]) -> ProfessionalClaim:
        return _claim(
            diagnoses=tuple([_diagnosis(parts[1], parts[0]) for parts in claim.codes if parts[0] in _DIAGNOSES]),
            place_of_service=claim.facility[0],
            signature_on_file=claim.clm.get(6),
            supervising=claim.provider("DQ"),
            admission_date=claim.day("435"),
            discharge_date=claim.day("096"),
            patient_paid=claim.amounts.get("F5"),
            clia_number=claim.references.get("X4", ""),
            **shared,
        )


def _counts(text: str, component: str) -> tuple[int, ...]:
    """The counts of a composite, those that are none left out."""
    found = [count_value(part) for part in text.split(component) if part]
    return tuple([each for each in found if each is not None])
