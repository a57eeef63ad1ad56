"""Files to the clearinghouse, put on its SFTP: claims (837P, 837I) and acknowledgements of what it sent us (999).

A file that lies there, in the inbound folder or in an archive the clearinghouse moved it to, is a claim sent. What
the clearinghouse makes of it comes back as 999 and 277CA.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import paramiko

from connectors.base import DeliveryRequest, DeliveryResult, Outcome, SystemConfig
from connectors.clearinghouse.submission import (
    FORMS,
    MOST_CLAIMS,
    Claim,
    Identity,
    check_claim,
    claim_of,
    control_number_in,
    file_name,
    write_batch,
)
from connectors.transports.sftp import SftpFolder, SftpSession
from connectors.transports.sftp_session import sftp_config
from hub.core import clock
from hub.core.errors import Ambiguous, BusinessRefusal, ConfigurationFault, Failure

SUBMIT = "claim.submit"
ACKNOWLEDGE = "acknowledgement.submit"


class ClearinghouseClient:
    """SystemClient of the clearinghouse.

    Options: `host`, `port`, `username`, `host_keys` (pinned), `inbound` (the folder for claims), `archives` (where
    the clearinghouse moves them), and those of `Identity`. Secrets: `password`, or `private_key` and `passphrase`.
    """

    max_batch = MOST_CLAIMS

    def __init__(self, config: SystemConfig) -> None:
        self._system = config.code
        self._identity = Identity.of(config.options)
        self._session = SftpSession(sftp_config(config))
        inbound = str(config.options.get("inbound", "inbound"))
        archives = config.options.get("archives", [f"{inbound}/done", f"{inbound}/rejected"])
        self._folder = SftpFolder(self._session, inbound)
        self._places = (inbound, *(str(folder) for folder in archives))

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """One file for all claims of a form that can be written, the others refused one by one; each 999 is its own."""
        results: dict[int, DeliveryResult] = {
            index: self._acknowledge(request)
            for index, request in enumerate(requests)
            if request.operation == ACKNOWLEDGE
        }
        good: list[tuple[int, str, Claim]] = []
        created = clock.now()
        for index, request in enumerate(requests):
            if index in results:
                continue
            try:
                claim = self._claim(request)
                check_claim(claim, self._identity, created)
            except Failure as failure:
                results[index] = DeliveryResult(Outcome.REJECTED, failure=failure)
            else:
                good.append((index, request.posting_key, claim))
        for form in FORMS.values():
            results |= self._send_file([one for one in good if isinstance(one[2], form)], form, created)
        return [results[index] for index in range(len(requests))]

    def _send_file(
        self, good: Sequence[tuple[int, str, Claim]], form: type[Claim], created: datetime
    ) -> dict[int, DeliveryResult]:
        """One file of claims of one form; their results by place in the batch."""
        if not good:
            return {}
        started = clock.machine_now()
        name = file_name([key for _, key, _ in good], form)
        content = write_batch([claim for *_, claim in good], self._identity, name=name, created=created)
        outcome, problem = self._deliver(name, content)
        elapsed = clock.machine_now() - started
        return {index: self._result(name, key, outcome, problem, elapsed) for index, key, _ in good}

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        try:
            names = self._session.run(self._names)
        except Failure as failure:
            return [DeliveryResult(Outcome.FAILED, failure=failure) for _ in requests]
        return [self._found_request(names, request) for request in requests]

    def probe(self) -> DeliveryResult:
        try:
            self._folder.check()
        except Failure as failure:
            return DeliveryResult(Outcome.FAILED, failure=failure)
        return DeliveryResult(Outcome.CONFIRMED)

    def close(self) -> None:
        self._session.close()

    def _claim(self, request: DeliveryRequest) -> Claim:
        if request.operation != SUBMIT:
            raise ConfigurationFault(
                "unknown-operation",
                f"{self._system} has no operation {request.operation}.",
                cause=(self._system, request.operation),
            )
        return claim_of(request.payload)

    def _acknowledge(self, request: DeliveryRequest) -> DeliveryResult:
        name = str(request.payload["name"])
        outcome, problem = self._deliver(name, str(request.payload["content"]).encode())
        return DeliveryResult(outcome, reference=name if problem is None else "", failure=problem)

    def _found_request(self, names: Sequence[str], request: DeliveryRequest) -> DeliveryResult | None:
        if request.operation != ACKNOWLEDGE:
            return self._found(names, request.posting_key)
        name = str(request.payload["name"])
        return DeliveryResult(Outcome.CONFIRMED, reference=name) if name in names else None

    def _deliver(self, name: str, content: bytes) -> tuple[Outcome, Failure | None]:
        try:
            self._folder.deliver(name, content)
        except Ambiguous as failure:
            return Outcome.UNCONFIRMED, failure
        except BusinessRefusal:
            # The same claims under the same name, written at another moment: an earlier try arrived.
            return Outcome.CONFIRMED, None
        except Failure as failure:
            return Outcome.FAILED, failure
        return Outcome.CONFIRMED, None

    def _result(
        self, name: str, key: str, outcome: Outcome, failure: Failure | None, elapsed: timedelta
    ) -> DeliveryResult:
        if outcome is not Outcome.CONFIRMED:
            return DeliveryResult(outcome, failure=failure, elapsed=elapsed)
        control = control_number_in(name, key) or ""
        return DeliveryResult(
            outcome, reference=control, response={"file": name, "control_number": control}, elapsed=elapsed
        )

    def _found(self, names: Sequence[str], key: str) -> DeliveryResult | None:
        for name in names:
            if control := control_number_in(name, key):
                response = {"file": name, "control_number": control}
                return DeliveryResult(Outcome.CONFIRMED, reference=control, response=response)
        return None

    def _names(self, sftp: paramiko.SFTPClient) -> list[str]:
        names: list[str] = []
        for folder in self._places:
            try:
                names += sftp.listdir(folder)
            except FileNotFoundError:  # no archive yet: nothing was moved there
                continue
        return [name for name in names if not name.endswith(".part")]
