"""Where static files are served from in production."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Files named by their content, also those that a script imports: a browser never mixes two releases."""

    support_js_module_import_aggregation = True
