"""Where the sandbox's systems listen and what they prove themselves with. Loopback only, hence no real secrets."""

from __future__ import annotations

import os
from pathlib import Path

SCHEDULING_SECRET = "whsec_c2FuZGJveC1zY2hlZHVsaW5nLXNlY3JldC0wMDAxISE="  # noqa: S105
SCHEDULING_API_KEY = "sandbox-scheduling-key"
GATEWAY_SECRET = "whsec_sandbox_gateway_0001"  # noqa: S105
BILLING_SECRET = "whsec_c2FuZGJveC1iaWxsaW5nLXNlY3JldC0wMDAwMDEhISE="  # noqa: S105
PAYER_USER = "northlake"
PAYER_PASSWORD = "sandbox-payer-password"  # noqa: S105
CONTROL_TOKEN = "sandbox-control"  # noqa: S105

SFTP_HUB_USER = "hub"
SFTP_HUB_PASSWORD = "sandbox-sftp-hub"  # noqa: S105
# Folders of the hub's SFTP account, as the clearinghouse lays them out.
SFTP_INBOUND = "/inbound"  # 837 from the hub; the clearinghouse moves them to its done or rejected
SFTP_OUTBOUND = "/outbound"  # 999, 277CA and 835 for the hub to fetch


def port(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def hub_port() -> int:
    return port("PORT", 8000)


def mllp_port() -> int:
    return port("MLLP_PORT", 2575)


def erp_port() -> int:
    return port("ERP_PORT", 8101)


def billing_port() -> int:
    return port("BILLING_PORT", 8102)


def sftp_port() -> int:
    return port("SFTP_PORT", 8103)


def payer_port() -> int:
    return port("PAYER_PORT", 8104)


def payer_address(code: str) -> str:
    """Where the payer with this code answers: one server is all of them."""
    return f"http://127.0.0.1:{payer_port()}/{code.lower()}"


def scheduling_port() -> int:
    return port("SCHEDULING_PORT", 8105)


def state_dir() -> Path:
    """The sandbox's own memory: books, files, host key. It survives a restart."""
    folder = Path(os.environ.get("HUB_VAR") or "var").resolve() / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def host_key_file() -> Path:
    """The SFTP server's public host key, for the hub to pin; written when the key is made."""
    return state_dir() / "sftp_host_key.pub"
