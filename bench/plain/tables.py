"""`python -m bench.plain.tables`: make the tables beside the hub's, with the codes that the naive pipeline looks up."""

from __future__ import annotations

import os


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain.settings"
    import django

    django.setup()
    from django.db import connection

    from bench.plain.models import Code, Inbox

    with connection.schema_editor() as editor:
        editor.create_model(Inbox)
        editor.create_model(Code)
    clinics = [("facility", f"nl-clinic-{number:02}", f"C{number:02}") for number in range(1, 21)]
    for domain, local, canonical in [*clinics, ("department", "cardiology", "CARD")]:
        Code.objects.create(domain=domain, local=local, canonical=canonical)


if __name__ == "__main__":
    main()
