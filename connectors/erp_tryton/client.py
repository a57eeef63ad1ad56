"""Wire client of Tryton 8.2: journal and planning entries in batches, read back by description."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from threading import Lock

from connectors.base import DeliveryRequest, DeliveryResult, Outcome, SystemConfig
from connectors.erp import AccountBalance, ErpEntry
from connectors.erp_tryton.codes import Codes
from connectors.erp_tryton.moves import LINE_FIELDS, line_of
from connectors.erp_tryton.posting import Posting
from connectors.erp_tryton.wire import TrytonWire, date_json, date_of, decimal_of
from connectors.http import Exchange
from hub.core.money import ZERO

# Larger ones gain nothing any more, and a cut connection leaves more of them unknown.
_MAX_BATCH = 50
# Balances over all fiscal years: without a bound Tryton takes the years that are open only.
_EVER = date(1900, 1, 1)


class TrytonClient:
    """Tryton as an `ErpClient`. Options: `database`, `company`, `user`. Secrets: `rest_key`, `password`.

    One batch at a time: Tryton locks the journal's sequence while it posts, and answers whoever comes meanwhile
    with 503. Other processes are held off by the system's concurrency of one.
    """

    max_batch = _MAX_BATCH

    def __init__(self, config: SystemConfig) -> None:
        self._wire = TrytonWire(config)
        self._codes = Codes(self._wire)
        self._one_poster = Lock()

    def send(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult]:
        """Post; where the answer to `post` is lost, each entry of that batch is unconfirmed."""
        results: list[DeliveryResult] = []
        with self._one_poster:
            for start in range(0, len(requests), self.max_batch):
                batch = requests[start : start + self.max_batch]
                results.extend(Posting(self._wire, self._codes, batch).run())
        return results

    def read_back(self, requests: Sequence[DeliveryRequest]) -> list[DeliveryResult | None]:
        """Look each posting key up among the descriptions of posted moves; a draft is not there yet."""
        exchange = self._posted([request.posting_key for request in requests], ["number", "description"])
        if not exchange.ok:
            return [exchange.result()] * len(requests)
        found = {
            record["description"]: DeliveryResult(
                Outcome.CONFIRMED,
                reference=record["number"],
                response=record,
                status=exchange.status,
                elapsed=exchange.elapsed,
            )
            for record in reversed(exchange.body)
        }
        return [found.get(request.posting_key) for request in requests]

    def probe(self) -> DeliveryResult:
        return self._wire.search("company.company", [], ["rec_name"]).result()

    def balances(self, accounts: Sequence[str]) -> dict[str, AccountBalance]:
        exchange = self._wire.search(
            "account.account",
            [["code", "in", list(accounts)]],
            ["code", "debit", "credit"],
            {"posted": True, "from_date": date_json(_EVER)},
        )
        exchange.raise_for_failure()
        return {
            record["code"]: AccountBalance(decimal_of(record["debit"]), decimal_of(record["credit"]))
            for record in exchange.body
        }

    def entries_by_reference(self, posting_keys: Sequence[str]) -> dict[str, list[ErpEntry]]:
        exchange = self._posted(posting_keys, ["number", "description", "date", *LINE_FIELDS])
        exchange.raise_for_failure()
        found: dict[str, list[ErpEntry]] = {}
        for record in exchange.body:
            lines = tuple(line_of(line) for line in record["lines."])
            entry = ErpEntry(
                number=record["number"],
                date=date_of(record["date"]),
                total_debit=sum((line.debit for line in lines), start=ZERO),
                lines=lines,
            )
            found.setdefault(record["description"], []).append(entry)
        return found

    def close(self) -> None:
        self._wire.close()

    def _posted(self, posting_keys: Sequence[str], fields: Sequence[str]) -> Exchange:
        """Posted moves with these keys, oldest first."""
        domain = [["description", "in", list(posting_keys)], ["state", "=", "posted"]]
        return self._wire.search("account.move", domain, fields, order=[["id", "ASC"]])
