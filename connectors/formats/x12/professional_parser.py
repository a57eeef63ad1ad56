"""Read an 837P, segment by segment, into the types of `professional`."""

from __future__ import annotations

from typing import Any

from connectors.formats.x12.claim_entities import provider
from connectors.formats.x12.claim_parser import ClaimParser, counts, period
from connectors.formats.x12.claims import Diagnosis
from connectors.formats.x12.parts import procedure
from connectors.formats.x12.professional import ClaimLine, ProfessionalClaim
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import Segment

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

    def begin_claim(self) -> None:
        self._diagnoses: list[Diagnosis] = []

    def health_code(self, qualifier: str, parts: list[str]) -> None:
        if qualifier in _DIAGNOSES:
            self._diagnoses.append(_diagnosis(parts[1], qualifier))

    def build_line(self, sv: Segment, shared: dict[str, Any]) -> ClaimLine:
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
            diagnosis_pointers=counts(get(7), self.component),
            rendering=provider(self.line_entities.get("82")),
            **shared,
        )

    def build_claim(self, clm: Segment, shared: dict[str, Any]) -> ProfessionalClaim:
        return _claim(
            lines=tuple(self.lines),
            diagnoses=tuple(self._diagnoses),
            place_of_service=clm.get(5).split(self.component)[0],
            signature_on_file=clm.get(6),
            supervising=self.provider("DQ"),
            admission_date=period(*self.days.get("435", ("", "")))[0],
            discharge_date=period(*self.days.get("096", ("", "")))[0],
            patient_paid=self.amounts.get("F5"),
            clia_number=self.references.get("X4", ""),
            **shared,
        )
