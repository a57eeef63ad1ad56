"""How a batch gets into Tryton's books once.

Tryton knows no key of ours and posts in two requests, so each batch goes this way: read what stands there under
its keys (posted: done; a draft left behind: removed), create drafts, post them, read their numbers. Only `post`
touches the books, and it does so once per draft; whatever gets lost before it has posted nothing.

A batch is all or nothing to Tryton. One that is refused is halved until the bad entry stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from connectors.base import DeliveryRequest, DeliveryResult, Outcome
from connectors.erp import CLOSED_PERIOD, UNKNOWN_ACCOUNT, UNKNOWN_COST_CENTER, refusal
from connectors.erp_tryton.codes import Codes
from connectors.erp_tryton.moves import Ids, Move, move_json
from connectors.erp_tryton.wire import TrytonWire
from connectors.http import Exchange
from hub.core import clock
from hub.core.errors import Ambiguous, Failure, Transient

_Item = TypeVar("_Item")


class Posting:
    """One batch on its way. `run` answers each of its requests, in order."""

    def __init__(self, wire: TrytonWire, codes: Codes, requests: Sequence[DeliveryRequest]) -> None:
        self._wire = wire
        self._codes = codes
        self._keys = [request.posting_key for request in requests]
        self._results: dict[str, DeliveryResult] = {}
        # A key that stands in the batch twice is one entry.
        self._waiting: dict[str, Move] = {}
        self._requests = {request.posting_key: request for request in requests}

    def run(self) -> list[DeliveryResult]:
        started = clock.machine_now()
        self._read_payloads()
        try:
            self._take_out_known()
            ids = self._take_out_unknown_codes()
            drafts = self._create(ids)
            posted = self._post(drafts)
            self._read_numbers(posted)
        except Failure as failure:
            for key in list(self._waiting):
                self._settle(key, DeliveryResult(Outcome.FAILED, failure=failure))
        elapsed = clock.machine_now() - started
        return [self._answer(key, elapsed) for key in self._keys]

    def _read_payloads(self) -> None:
        for key, request in self._requests.items():
            try:
                self._waiting[key] = Move.of(request)
            except Failure as failure:
                self._settle(key, DeliveryResult(Outcome.FAILED, failure=failure))

    def _take_out_known(self) -> None:
        """Posted before: confirmed. A draft of a try before this one: removed, its content may be an older one."""
        if not self._waiting:
            return
        exchange = self._wire.search(
            "account.move", [["description", "in", list(self._waiting)]], ["description", "state", "number"]
        )
        exchange.raise_for_failure()
        drafts: list[int] = []
        for record in exchange.body:
            if record["state"] == "posted":
                self._settle(record["description"], _confirmed(record, exchange))
            else:
                drafts.append(record["id"])
        if drafts and not self._wire.call("model.account.move.delete", drafts).ok:
            # Most likely a post of it is still under way; the next try will find it posted.
            raise Transient(
                "changed-meanwhile",
                f"An entry of the batch is being worked on at {self._wire.system}.",
                cause=(self._wire.system,),
            )

    def _take_out_unknown_codes(self) -> Ids:
        """The ids of everything the moves mention. Moves that mention what Tryton does not have are refused."""
        moves = self._waiting.values()
        lines = [line for move in moves for line in move.lines]
        centers = {line.cost_center for line in lines if line.cost_center is not None}
        ids = Ids(
            accounts=self._codes.accounts(line.account for line in lines),
            cost_centers=self._codes.cost_centers(centers),
            journals=self._codes.journals(move.journal for move in moves),
            periods=self._codes.open_periods(move.date for move in moves),
        )
        for key, move in list(self._waiting.items()):
            if missing := _missing(move, ids):
                code, subject = missing
                failure = refusal(code, system=self._wire.system, subject=subject)
                self._settle(key, DeliveryResult(Outcome.REJECTED, failure=failure))
        return ids

    def _create(self, ids: Ids) -> dict[str, int]:
        """Drafts by key."""
        drafts: dict[str, int] = {}

        def send(moves: Sequence[Move]) -> Exchange:
            return self._wire.call("model.account.move.create", [move_json(move, ids) for move in moves])

        for moves, exchange in halving(list(self._waiting.values()), send):
            if exchange.ok:
                drafts.update(zip([move.key for move in moves], exchange.body["result"], strict=True))
                continue
            for move in moves:
                self._settle(move.key, self._not_created(exchange))
        return drafts

    def _not_created(self, exchange: Exchange) -> DeliveryResult:
        """An id that Tryton does not know was one of ours: the code is there, under another id by now."""
        if exchange.failure is None or exchange.failure.code not in (UNKNOWN_ACCOUNT, UNKNOWN_COST_CENTER):
            return _nothing_posted(exchange)
        self._codes.forget()
        stale = Transient(
            "codes-changed",
            f"{self._wire.system} has other ids for its codes by now.",
            cause=(self._wire.system,),
        )
        return replace(exchange.result(), outcome=Outcome.FAILED, failure=stale)

    def _post(self, drafts: dict[str, int]) -> dict[int, str]:
        """Keys by the id of what is posted now."""
        keys = {draft: key for key, draft in drafts.items()}
        posted: dict[int, str] = {}
        refused: list[int] = []

        def send(ids: Sequence[int]) -> Exchange:
            return self._wire.call("model.account.move.post", list(ids))

        for ids, exchange in halving(list(keys), send):
            if exchange.ok:
                posted.update((each, keys[each]) for each in ids)
                continue
            for each in ids:
                self._settle(keys[each], exchange.result())
            if exchange.outcome is Outcome.REJECTED:
                refused.extend(ids)
        if refused:
            # Left behind, a refused draft hinders nobody; the next try of its key would remove it.
            self._wire.call("model.account.move.delete", refused)
        return posted

    def _read_numbers(self, posted: dict[int, str]) -> None:
        if not posted:
            return
        exchange = self._wire.search("account.move", [["id", "in", list(posted)]], ["number"])
        if not exchange.ok:
            unknown = Ambiguous(
                "number-unknown",
                f"{self._wire.system} posted it and its number could not be read.",
                cause=(self._wire.system,),
            )
            for key in posted.values():
                self._settle(key, DeliveryResult(Outcome.UNCONFIRMED, failure=unknown))
            return
        for record in exchange.body:
            self._settle(posted[record["id"]], _confirmed(record, exchange))

    def _settle(self, key: str, result: DeliveryResult) -> None:
        self._results[key] = result
        self._waiting.pop(key, None)

    def _answer(self, key: str, elapsed: timedelta) -> DeliveryResult:
        return replace(self._results[key], elapsed=elapsed)


def halving(
    items: Sequence[_Item], send: Callable[[Sequence[_Item]], Exchange]
) -> Iterator[tuple[Sequence[_Item], Exchange]]:
    """Send all of them; where that is refused, each half by itself, down to the one that is at fault."""
    if not items:
        return
    exchange = send(items)
    if exchange.outcome is not Outcome.REJECTED or len(items) == 1:
        yield items, exchange
        return
    middle = len(items) // 2
    yield from halving(items[:middle], send)
    yield from halving(items[middle:], send)


def _missing(move: Move, ids: Ids) -> tuple[str, str] | None:
    """What of this move Tryton does not have: the refusal's code and its subject."""
    if move.date not in ids.periods:
        return CLOSED_PERIOD, f"{move.date:%Y-%m}"
    for line in move.lines:
        if line.account not in ids.accounts:
            return UNKNOWN_ACCOUNT, line.account
        if line.cost_center is not None and line.cost_center not in ids.cost_centers:
            return UNKNOWN_COST_CENTER, line.cost_center
    return None


def _confirmed(record: dict[str, Any], exchange: Exchange) -> DeliveryResult:
    return DeliveryResult(Outcome.CONFIRMED, reference=record["number"], response=record, status=exchange.status)


def _nothing_posted(exchange: Exchange) -> DeliveryResult:
    """The result of a step before `post`: an answer lost there leaves a draft at most, never an entry."""
    if exchange.outcome is not Outcome.UNCONFIRMED or exchange.failure is None:
        return exchange.result()
    failure = exchange.failure
    certain = Transient(failure.code, failure.message, cause=failure.cause)
    return replace(exchange.result(), outcome=Outcome.FAILED, failure=certain)
