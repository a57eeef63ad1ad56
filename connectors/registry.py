"""The list of connectors: one literal. A system package is reached only through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, cast

from connectors.base import SystemClient, SystemConfig
from connectors.translation import Identifier, Translator
from connectors.transports.poller import PollSource
from hub.core.errors import ConfigurationFault

Verifier = Callable[[bytes, Mapping[str, str], tuple[str, ...], datetime], None]


@dataclass(frozen=True, slots=True)
class Connector:
    """What one system package offers, by what it is used for."""

    package: str
    title: str
    receives: bool = False
    signed: bool = False
    client_class: str = ""  # of its `client` module, where the hub delivers to it
    source_class: str = ""  # of its `source` module, where the hub asks what changed
    streams: bool = False  # its messages are files of any size, recorded in parts

    def _module(self, name: str) -> ModuleType:
        return import_module(f"connectors.{self.package}.{name}")

    @property
    def translate(self) -> Translator:
        return cast(Translator, self._module("translate").translate)

    @property
    def identify(self) -> Identifier:
        return cast(Identifier, self._module("identity").identify)

    def version_of(self, headers: Mapping[str, str], head: bytes) -> str:
        """The version of its contract that a message says it is of; "" where its sender states none."""
        stated = getattr(self._module("identity"), "version_of", None)
        return str(stated(headers, head)) if stated is not None else ""

    @property
    def verify(self) -> Verifier:
        return cast(Verifier, self._module("authenticity").verify)

    def client(self, config: SystemConfig) -> SystemClient:
        """A wire client. Raises ConfigurationFault for a system that nothing is delivered to."""
        if not self.client_class:
            raise ConfigurationFault("no-client", f"{self.title} takes no deliveries.", cause=(self.package,))
        return cast(Callable[[SystemConfig], SystemClient], getattr(self._module("client"), self.client_class))(config)

    def source(self, config: SystemConfig, options: Mapping[str, Any]) -> PollSource:
        """What a feed with these options is read from. Raises ConfigurationFault for a system that is not asked."""
        if not self.source_class:
            raise ConfigurationFault("no-source", f"{self.title} is not asked for anything.", cause=(self.package,))
        made = cast(Callable[..., PollSource], getattr(self._module("source"), self.source_class))
        return made(config, options)


CONNECTORS: tuple[Connector, ...] = (
    Connector("erp_cloud", "Cloud ERP", client_class="ErpCloudClient"),
    Connector("erp_tryton", "Tryton ERP", client_class="TrytonClient"),
    Connector("scheduling_saas", "SaaS scheduling", receives=True, signed=True, source_class="SchedulingSource"),
    Connector("scheduling_legacy", "Hospital scheduling (HL7 v2 SIU)", receives=True),
    Connector("ehr", "EHR (HL7 v2 ADT, BAR, DFT, ORM, MFN)", receives=True),
    Connector("lis", "Laboratory and radiology (HL7 v2 ORU)", receives=True),
    Connector(
        "clinic_ehr",
        "Clinic EHR (FHIR R4)",
        receives=True,
        signed=True,
        client_class="ClinicEhrClient",
        source_class="ClinicEhrSource",
    ),
    Connector("gnu_health", "GNU Health (Tryton JSON-RPC)", receives=True, source_class="GnuHealthSource"),
    Connector("billing", "Billing", receives=True, signed=True, client_class="BillingClient"),
    Connector("clearinghouse", "Clearinghouse (X12)", receives=True, client_class="ClearinghouseClient", streams=True),
    Connector("payers", "Payer (X12 270, 276, 278)", receives=True, client_class="PayerClient"),
    Connector("payment_gateway", "Payment gateway", receives=True, signed=True),
)


@cache
def connector(package: str) -> Connector:
    """The connector of this package name. Raises ConfigurationFault for a name that is not registered."""
    for item in CONNECTORS:
        if item.package == package:
            return item
    raise ConfigurationFault("unknown-connector", f"No connector is registered as {package}.", cause=(package,))
