"""Who may be given work, and who may decide about mappings, as a page offers them."""

from __future__ import annotations

from hub.governance.holders import holders

__all__ = ["holders"]
