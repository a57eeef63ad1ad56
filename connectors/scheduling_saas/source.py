"""Read-back: the changes of appointments as the SaaS itself keeps them, for what its webhooks did not bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.base import SystemConfig
from connectors.http import HttpClient
from connectors.http_auth import FixedHeader
from connectors.transports.poller import Change
from hub.core.errors import ConfigurationFault

STREAM = "appointments"
_PAGE = 100


class _Item(msgspec.Struct):
    """`payload` is the webhook's body to the byte: taken in either way it is the same message."""

    webhook_id: str
    updated_at: datetime
    payload: str


class _Page(msgspec.Struct):
    items: list[_Item]
    next: str | None = None


class SchedulingSource:
    """A `PollSource`. Secret: `api_key`, sent as a bearer token."""

    content_type = "application/json"
    streams: Sequence[str] = (STREAM,)

    def __init__(self, config: SystemConfig, options: Mapping[str, Any]) -> None:
        self._http = HttpClient(config, FixedHeader.bearer(config.secrets["api_key"]))
        self._system = config.code

    def changes(self, stream: str, since: datetime | None) -> Iterator[Sequence[Change]]:
        query = [("limit", str(_PAGE))]
        if since is not None:
            query.append(("updated_since", since.astimezone(UTC).isoformat()))
        page = self._page(query)
        yield _changes(page)
        while page.next is not None:
            page = self._page([*query, ("cursor", page.next)])
            yield _changes(page)

    def close(self) -> None:
        self._http.close()

    def _page(self, query: Sequence[tuple[str, str]]) -> _Page:
        exchange = self._http.read("/api/v1/appointments", query)
        exchange.raise_for_failure()
        try:
            return msgspec.convert(exchange.body, _Page)
        except msgspec.ValidationError as error:
            raise ConfigurationFault(
                "read-back-unknown",
                f"{self._system} answers its read-back in a form that the hub does not know.",
                cause=(self._system,),
                hint="Check the base URL of this system, and the version of its API.",
            ) from error


def _changes(page: _Page) -> list[Change]:
    return [
        Change(
            key=item.webhook_id,
            at=item.updated_at,
            read=item.payload.encode,
            headers={"webhook-id": item.webhook_id},
        )
        for item in page.items
    ]
