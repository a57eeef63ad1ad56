"""What the OpenAPI document says beyond what the code shows: every operation may answer with problem details."""

from __future__ import annotations

from typing import Any

from hub.api.problems import MEDIA_TYPE

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable and machine-readable."},
        "detail": {"type": "string"},
        "hint": {"type": "string", "description": "What to do next."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
    },
}
_REFUSAL = {
    "description": "Refused; the body says why.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    for path in result.get("paths", {}).values():
        for operation in path.values():
            operation["responses"]["default"] = _REFUSAL
    return result
