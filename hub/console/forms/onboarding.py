"""What people are asked while a facility is taken in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.files.uploadedfile import UploadedFile

from connectors.setup import CHANNELS
from hub.masterdata.models import CorrectedClaims, Domain, Facility, FacilityKind
from hub.masterdata.sheets import LARGEST_BYTES

#: Those of the United States first: facilities lie there.
_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
          "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico")  # fmt: skip
_MOST_PASTED = 200_000


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in _ZONES if name in available_timezones()]


class StartForm(forms.Form):
    code = forms.SlugField(
        label="Code",
        max_length=20,
        help_text="Short and for good: C12. It never changes meaning.",
        error_messages={"invalid": "Letters, digits, hyphens and underscores only."},
    )
    name = forms.CharField(label="Name", max_length=120)
    kind = forms.ChoiceField(label="Kind", choices=FacilityKind.choices, initial=FacilityKind.CLINIC)
    time_zone = forms.ChoiceField(label="Time zone", choices=_zones, initial="America/Chicago")


class FacilityForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    kind = forms.ChoiceField(label="Kind", choices=FacilityKind.choices)
    npi = forms.CharField(label="Billing NPI", max_length=10, required=False)
    tax_id = forms.CharField(label="Tax id", max_length=10, required=False)
    address = forms.CharField(label="Street", max_length=60, required=False)
    city = forms.CharField(label="City", max_length=30, required=False)
    region = forms.CharField(label="State", max_length=2, required=False)
    postal_code = forms.CharField(label="ZIP code", max_length=9, required=False)
    time_zone = forms.ChoiceField(
        label="Time zone", choices=_zones, help_text="Its business days and cut-offs are by this clock."
    )
    charge_grace_days = forms.IntegerField(label="Days until a missing charge is a case", min_value=1, max_value=60)
    readiness_days = forms.IntegerField(
        label="Days before a visit by which coverage is settled", min_value=1, max_value=60
    )
    corrected_claims = forms.ChoiceField(label="Corrected claims", choices=CorrectedClaims.choices)

    def __init__(self, *args: Any, place: Facility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.initial = getattr(place, name)
        zones = _zones()
        if place.time_zone not in dict(zones):
            zones.append((place.time_zone, place.time_zone))
        self.fields["time_zone"].choices = zones  # type: ignore[attr-defined]


class LocationForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "location_%s", **kwargs})  # beside the facility's form on one page

    code = forms.CharField(label="Code", max_length=40)
    name = forms.CharField(label="Name", max_length=120)
    place_of_service = forms.CharField(
        label="Place of service", max_length=2, initial="11", help_text="CMS code: 11 is an office, 22 outpatient."
    )


class SystemForm(forms.Form):
    """What a connector needs beyond this is asked by the service, field by field."""

    package = forms.ChoiceField(label="Connector", choices=[(one.package, one.connector.title) for one in CHANNELS])
    name = forms.CharField(label="Name", max_length=80)
    senders = forms.CharField(
        label="Sending applications",
        required=False,
        max_length=120,
        help_text="HL7 v2: what it writes into MSH-3; several with commas.",
    )
    base_url = forms.URLField(
        label="Address", required=False, assume_scheme="https", help_text="FHIR: where it is asked."
    )
    token = forms.CharField(
        label="Token", required=False, widget=forms.PasswordInput, max_length=500, help_text="FHIR: kept sealed."
    )
    secret = forms.CharField(
        label="Signing secret",
        required=False,
        widget=forms.PasswordInput,
        max_length=200,
        help_text="Webhooks: the one its sender chose. Empty: one is made here and shown once.",
    )

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["senders"] = [one.strip() for one in data["senders"].split(",") if one.strip()]
        return data


class ShareForm(forms.Form):
    feed = forms.ChoiceField(label="Feed")

    def __init__(self, *args: Any, feeds: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "share_%s", **kwargs})
        self.fields["feed"].choices = feeds  # type: ignore[attr-defined]


class ListForm(forms.Form):
    system = forms.ChoiceField(label="System")
    domain = forms.ChoiceField(
        label="Domain",
        required=False,
        choices=[("", "As the file says"), *Domain.choices],
        help_text="Of rows that name none.",
    )
    file = forms.FileField(
        label="File",
        help_text="CSV or Excel with the columns domain, code and name.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )

    def __init__(self, *args: Any, systems: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = systems  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError(f"The file is larger than {LARGEST_BYTES // 1024 // 1024} MB; split it.")
        return file


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Any number of files."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=_ManyFiles(), **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        return [super(_FilesField, self).clean(one, initial) for one in data or []]


class SamplesForm(forms.Form):
    feed = forms.ChoiceField(label="Feed that would bring them")
    uploads = _FilesField(label="Files", required=False, help_text="One message each, or many: batches, lists, lines.")
    text = forms.CharField(
        label="Or paste messages",
        required=False,
        max_length=_MOST_PASTED,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text="They are carried out and taken back. Nothing of them is kept, only what came of them.",
    )

    def __init__(self, *args: Any, feeds: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feed"].choices = feeds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("uploads") and not (cleaned.get("text") or "").strip():
            self.add_error("uploads", "Choose files, or paste messages below.")
        return cleaned

    def contents(self) -> list[tuple[str, bytes]]:
        """(name, content) of each file and of what was pasted."""
        files = [(one.name or "file", one.read()) for one in self.cleaned_data["uploads"]]
        text = self.cleaned_data["text"]
        return [*files, *([("Pasted", text.encode())] if text.strip() else [])]
