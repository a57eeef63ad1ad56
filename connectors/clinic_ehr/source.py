"""What changed at the clinic's FHIR server, with what belongs to it.

Read by `_lastUpdated`, the oldest first, page by page. Servers that give no `next` link are asked again from the last
page's end. An encounter alone names nobody: its patient, coverages, account and the like come along in one bundle,
marked as included, so that the message can be understood, replayed and shown by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec

from connectors.base import Outcome, SystemConfig
from connectors.clinic_ehr.identity import VERSION, version_key
from connectors.http import HttpClient, Query
from connectors.http_auth import FixedHeader
from connectors.transports.poller import Change
from hub.core.errors import ConfigurationFault

Document = dict[str, Any]

#: The resource types that are read where the feed names none (`options["resources"]`).
STREAMS = ("Appointment", "Encounter", "ChargeItem", "ServiceRequest", "CoverageEligibilityResponse")
_PAGE = 50
_LARGEST_PAGE = 1000
# What a translator looks up in a message, by the resource that refers to it.
_BELONGS: Mapping[str, tuple[str, ...]] = {
    "Appointment": ("participant.actor", "supportingInformation"),
    "Encounter": ("subject", "account", "serviceProvider", "diagnosis.condition", "location.location"),
    "ChargeItem": ("context", "account", "performingOrganization"),
    "ServiceRequest": ("encounter",),
    "CoverageEligibilityResponse": ("insurer", "insurance.coverage", "request"),
    "ClaimResponse": ("insurer", "request"),
    "Coverage": ("payor",),
    "Location": ("managingOrganization",),
}
_FETCHED = frozenset(
    {"Patient", "Account", "Organization", "Condition", "Location", "Encounter", "Coverage",
     "CoverageEligibilityRequest", "Claim"}
)  # fmt: skip
_encode = msgspec.json.Encoder(decimal_format="number").encode


class ClinicEhrSource:
    """A `PollSource`. Secret: `token`, a bearer token. Options of the feed: `resources`, `page` (entries a page)."""

    content_type = "application/fhir+json"

    def __init__(self, config: SystemConfig, options: Mapping[str, Any]) -> None:
        credentials = FixedHeader.bearer(config.secrets["token"]) if "token" in config.secrets else None
        self._http = HttpClient(config, credentials, exact=True)
        self._system = config.code
        self._base = config.base_url
        self._page = int(options.get("page", _PAGE))
        self.streams: Sequence[str] = tuple(options.get("resources", STREAMS))
        # What belongs to the changes of one look; asked for anew at the next.
        self._known: dict[str, list[Document]] = {}

    def changes(self, stream: str, since: datetime | None) -> Iterator[Sequence[Change]]:
        self._known.clear()
        seen: set[str] = set()
        for resources in self._pages(stream, since):
            fresh = [change for change in map(self._change, resources) if change.key not in seen]
            seen.update(change.key for change in fresh)
            yield fresh

    def close(self) -> None:
        self._http.close()

    def _pages(self, stream: str, since: datetime | None) -> Iterator[list[Document]]:
        size, before = self._page, since
        bundle = self._search(f"/{stream}", _query(before, size))
        while True:
            resources = _resources(bundle)
            yield resources
            following = _next_link(bundle)
            if following is not None:
                bundle = self._search(self._same_server(following))
                continue
            if len(resources) < size:
                return
            # No link and a full page: there may be more, at this very moment too.
            last = _updated(resources[-1], self._system)
            size = min(size * 2, _LARGEST_PAGE) if last == before else size
            if last == before and size == _LARGEST_PAGE == len(resources):
                return
            before = last
            bundle = self._search(f"/{stream}", _query(before, size))

    def _search(self, path: str, query: Query = ()) -> Document:
        exchange = self._http.read(path, query)
        exchange.raise_for_failure()
        if isinstance(exchange.body, dict) and exchange.body.get("resourceType") == "Bundle":
            return exchange.body
        raise self._misconfigured("no-bundle", "did not answer a search with a Bundle")

    def _same_server(self, url: str) -> str:
        """Our token goes to the server that it is for, and nowhere else."""
        here, there = urlsplit(self._base), urlsplit(url)
        if there.netloc and (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise self._misconfigured("paging-elsewhere", "sends the next page's reader to another address")
        return url

    def _misconfigured(self, code: str, words: str) -> ConfigurationFault:
        hint = "Check the base URL of this system, and what its server calls itself."
        return ConfigurationFault(code, f"{self._system} {words}.", cause=(self._system,), hint=hint)

    def _change(self, resource: Document) -> Change:
        at = _updated(resource, self._system)
        version = str(resource["meta"].get("versionId") or int(at.timestamp() * 1_000_000))
        key = version_key(str(resource.get("resourceType")), str(resource.get("id")), version)
        return Change(key=key, at=at, read=partial(self._whole, resource), headers={VERSION: key})

    def _whole(self, resource: Document) -> bytes:
        """The resource with what belongs to it, as the server would answer a search that includes it."""
        included: dict[str, Document] = {}
        self._include(resource, included, depth=3)
        itself = f"{resource['resourceType']}/{resource['id']}"
        included.pop(itself, None)
        entries = [(itself, resource, "match"), *((place, one, "include") for place, one in included.items())]
        bundle = {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [
                {"fullUrl": f"{self._base}/{place}", "resource": one, "search": {"mode": mode}}
                for place, one, mode in entries
            ],
        }
        return _encode(bundle)

    def _include(self, resource: Document, included: dict[str, Document], depth: int) -> None:
        kind = str(resource.get("resourceType"))
        places = [place for path in _BELONGS.get(kind, ()) for place in _references(resource, path.split("."))]
        found = [one for place in places for one in self._get(_local(place, self._base))]
        if kind == "Patient":
            found = self._ask(f"Coverage?beneficiary=Patient/{resource['id']}")
        for one in found:
            place = f"{one.get('resourceType')}/{one.get('id')}"
            if place not in included and depth > 0:
                included[place] = one
                self._include(one, included, depth - 1)

    def _get(self, place: str) -> list[Document]:
        """The resource at `Patient/1`; empty where the translators need none of its kind, or it is gone."""
        return self._ask(place) if place.partition("/")[0] in _FETCHED else []

    def _ask(self, place: str) -> list[Document]:
        if place not in self._known:
            path, _, query = place.partition("?")
            asked = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&")) if name]
            exchange = self._http.read(f"/{path}", asked)
            if exchange.status in (404, 410) or exchange.outcome is Outcome.REJECTED:
                return self._known.setdefault(place, [])
            exchange.raise_for_failure()
            body = exchange.body if isinstance(exchange.body, dict) else {}
            self._known[place] = _resources(body) if body.get("resourceType") == "Bundle" else [body]
        return self._known[place]


def _query(since: datetime | None, size: int) -> Query:
    query = [("_sort", "_lastUpdated"), ("_count", str(size))]
    if since is None:
        return query
    # To the millisecond: less is read as the whole second, more is not understood everywhere.
    stamp = since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [("_lastUpdated", f"ge{stamp}"), *query]


def _resources(bundle: Document) -> list[Document]:
    entries = bundle.get("entry") or ()
    matches = (one for one in entries if (one.get("search") or {}).get("mode", "match") == "match")
    return [one["resource"] for one in matches if isinstance(one.get("resource"), dict)]


def _next_link(bundle: Document) -> str | None:
    return next((str(link.get("url")) for link in bundle.get("link") or () if link.get("relation") == "next"), None)


def _updated(resource: Document, system: str) -> datetime:
    try:
        moment = datetime.fromisoformat(resource["meta"]["lastUpdated"])
    except (KeyError, TypeError, ValueError):
        moment = None
    if moment is not None and moment.tzinfo is not None:
        return moment.astimezone(UTC)
    raise ConfigurationFault(
        "no-last-updated",
        f"{system} does not say when its resources changed (meta.lastUpdated); it cannot be polled.",
        cause=(system,),
        hint="Have the server's administrator turn versioning on.",
    )


def _references(value: Any, path: Sequence[str]) -> Iterator[str]:
    """The literal references at a path of a resource."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item, path)
    elif isinstance(value, dict) and path:
        yield from _references(value.get(path[0]), path[1:])
    elif isinstance(value, dict) and isinstance(value.get("reference"), str):
        yield value["reference"]


def _local(reference: str, base: str) -> str:
    """`Patient/1` of what lies on this server; "" for anything else."""
    relative = reference.removeprefix(f"{base}/").split("/_history/")[0]
    return relative if relative.count("/") == 1 and ":" not in relative else ""
