"""Static files as production serves them."""

from __future__ import annotations

import re
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from hub.ui.storage import HashedStorage

UI = Path(__file__).parents[3] / "hub/ui/static/ui"


def test_what_a_script_imports_is_named_by_its_content_as_the_script_is(tmp_path: Path) -> None:
    source = FileSystemStorage(UI)
    storage = HashedStorage(location=tmp_path, base_url="/static/")
    scripts = [path.name for path in UI.glob("*.js")]
    for name in scripts:
        with source.open(name) as script:
            storage.save(name, script)

    made = storage.post_process({name: (storage, name) for name in scripts})
    done = {name: hashed for name, hashed, _ in made if hashed.endswith(".js")}

    for name in scripts:
        imported = re.findall(r'^import .*?"\./([^"]+)"', (tmp_path / done[name]).read_text(), re.MULTILINE)
        assert all(re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", each) for each in imported), name
    assert (tmp_path / done["ui.js"]).read_text() != (UI / "ui.js").read_text()
