"""Wire client of the clinic's FHIR server: what the hub writes there, each once by its own identifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors import verdict
from connectors.base import DeliveryRequest, DeliveryResult, SystemConfig
from connectors.clinic_ehr.identity import IDENTIFIER_SYSTEM
from connectors.http import Exchange, HttpClient
from connectors.http_auth import FixedHeader
from connectors.verdict import Effect
from hub.core.errors import BusinessRefusal, Defect

CREATE = "clinic_ehr.create"
TRANSACT = "clinic_ehr.transact"
UPDATE = "clinic_ehr.update"


class ClinicEhrClient:
    """A FHIR R4 server as a `SystemClient`. Secret: `token`, a bearer token.

    * `clinic_ehr.create`: {"resource"}. Created unless one with the posting key as identifier is there
      (`If-None-Exist`), so a CoverageEligibilityRequest is made once.
    * `clinic_ehr.transact`: {"entries": [resource, …]}. All or nothing; the first carries the posting key.
    * `clinic_ehr.update`: {"resource", "version"}. Refused as `version-conflict` where the server has a newer version
      (`If-Match`).
    """

    max_batch = 1

    def __init__(self, config: SystemConfig) -> None:
        credentials = FixedHeader.bearer(config.secrets["token"]) if "token" in config.secrets else None
        self._http = HttpClient(config, credentials, exact=True)

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        return [self._send(request) for request in requests]

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        return [self._look_up(request) for request in requests]

    def probe(self) -> DeliveryResult:
        return self._http.read("/metadata").result()

    def close(self) -> None:
        self._http.close()

    def _send(self, request: DeliveryRequest) -> DeliveryResult:
        match request.operation:
            case "clinic_ehr.create":
                return self._create(request)
            case "clinic_ehr.transact":
                return self._transact(request)
            case "clinic_ehr.update":
                return self._update(request)
            case unknown:
                raise Defect("unknown-operation", f"The clinic's EHR knows no operation {unknown}.", cause=(unknown,))

    def _create(self, request: DeliveryRequest) -> DeliveryResult:
        resource = _identified(request.payload["resource"], request.posting_key)
        headers = {"If-None-Exist": _by_key(request.posting_key)}
        exchange = self._http.write("POST", f"/{resource['resourceType']}", resource, headers=headers)
        return self._made(exchange, _place(exchange.body))

    def _transact(self, request: DeliveryRequest) -> DeliveryResult:
        first, *others = request.payload["entries"]
        entries = [_entry(_identified(first, request.posting_key), _by_key(request.posting_key))]
        entries += [_entry(other) for other in others]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        exchange = self._http.write("POST", "", bundle)
        made = exchange.body.get("entry") or [{}] if isinstance(exchange.body, dict) else [{}]
        location = str((made[0].get("response") or {}).get("location") or "")
        return self._made(exchange, _relative(location))

    def _update(self, request: DeliveryRequest) -> DeliveryResult:
        resource = request.payload["resource"]
        headers = {"If-Match": f'W/"{request.payload["version"]}"'}
        path = f"/{resource['resourceType']}/{resource['id']}"
        exchange = self._http.write("PUT", path, resource, headers=headers)
        if exchange.status in (409, 412):
            return _conflict(exchange, self._http.system)
        return self._made(exchange, _place(exchange.body))

    def _made(self, exchange: Exchange, place: str) -> DeliveryResult:
        """What was written, by its place. An answer that names none is a proxy's page, say, and confirms nothing."""
        if not exchange.ok or place:
            return exchange.result(place)
        words = f"The answer of {self._http.system} cannot be read."
        outcome, failure = verdict.lost("answer-unreadable", words, self._http.system, Effect.WRITE)
        return replace(exchange, outcome=outcome, failure=failure).result()

    def _look_up(self, request: DeliveryRequest) -> DeliveryResult | None:
        if request.operation == UPDATE:
            return self._standing(request)
        resource = request.payload["resource"] if request.operation == CREATE else request.payload["entries"][0]
        query = [("identifier", f"{IDENTIFIER_SYSTEM}|{request.posting_key}")]
        exchange = self._http.read(f"/{resource['resourceType']}", query)
        if not exchange.ok:
            return exchange.result()
        found = [one.get("resource") for one in _body(exchange).get("entry") or ()]
        return exchange.result(_place(found[0])) if found else None

    def _standing(self, request: DeliveryRequest) -> DeliveryResult | None:
        """An update is there where the resource says what we wrote; the server's own meta aside."""
        resource = request.payload["resource"]
        exchange = self._http.read(f"/{resource['resourceType']}/{resource['id']}")
        if not exchange.ok:
            return exchange.result()
        there = {name: value for name, value in _body(exchange).items() if name != "meta"}
        wanted = {name: value for name, value in resource.items() if name != "meta"}
        return exchange.result(_place(exchange.body)) if there == wanted else None


def _by_key(posting_key: str) -> str:
    return f"identifier={IDENTIFIER_SYSTEM}|{posting_key}"


def _identified(resource: Mapping[str, Any], posting_key: str) -> dict[str, Any]:
    ours = {"system": IDENTIFIER_SYSTEM, "value": posting_key}
    return {**resource, "identifier": [*resource.get("identifier", ()), ours]}


def _entry(resource: Mapping[str, Any], unless: str = "") -> dict[str, Any]:
    request = {"method": "POST", "url": resource["resourceType"]} | ({"ifNoneExist": unless} if unless else {})
    return {"resource": resource, "request": request}


def _body(exchange: Exchange) -> Mapping[str, Any]:
    return exchange.body if isinstance(exchange.body, dict) else {}


def _place(resource: Any) -> str:
    """`CoverageEligibilityRequest/12`: how the server knows it."""
    if not isinstance(resource, dict) or not resource.get("id"):
        return ""
    return f"{resource.get('resourceType')}/{resource['id']}"


def _relative(location: str) -> str:
    return "/".join(location.split("/_history/")[0].split("/")[-2:])


def _conflict(exchange: Exchange, system: str) -> DeliveryResult:
    result = exchange.result()
    refusal = BusinessRefusal(
        "version-conflict",
        f"{system} has a newer version of this resource than the one that was changed.",
        cause=(system,),
        hint="Read it again and make the change on what stands there now.",
    )
    return DeliveryResult(
        outcome=result.outcome,
        failure=refusal,
        response=result.response,
        status=result.status,
        elapsed=result.elapsed,
    )
