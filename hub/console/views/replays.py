"""Replays: the list, the page of one, its items one by one, and what one item would bring."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from exceptions.replays import selectors
from exceptions.replays.models import Replay, ReplayItem
from exceptions.replays.states import REPLAY_FINAL, REPORTED, ItemState, ReplayState
from hub.console.filters.replays import ItemFilter, ReplayFilter
from hub.console.guard import Guarded
from hub.console.replay_deeds import replay_deeds
from hub.console.selectors.runs import workflow_title
from hub.console.tables.replays import (
    DIFFERENCE_COLUMNS,
    EFFECT_COLUMNS,
    ITEM_COLUMNS,
    LEFT_OUT_COLUMNS,
    REPLAY_COLUMNS,
    SAMPLE_COLUMNS,
    TALLY_COLUMNS,
    chosen_text,
    class_name,
    item_url,
    replay_facts,
    replay_url,
    tally_rows,
)
from hub.governance.roles import Permission
from hub.ui.badges import Badge, Tone, badge_for
from hub.ui.columns import Kind
from hub.ui.details import DetailView, Fact, Panel, Tab, find_in_scope
from hub.ui.format import money_text
from hub.ui.lists import ListView, Preset
from hub.ui.pages import Action, Crumb, Empty
from hub.ui.stats import Stat
from hub.ui.tables import build_table


class ReplayList(Guarded, ListView):
    needs = Permission.VIEW_RUNS
    title = "Replays"
    lead = "Work done again on purpose: previewed, approved where policy asks, followed to its report."
    nav = "replays"
    order = "-pk"
    live_seconds = 10
    filterset_class = ReplayFilter
    columns = REPLAY_COLUMNS
    empty = Empty(
        "Nothing was replayed yet", "Choose runs, messages or cases in their lists, and Replay.", "rotate-ccw"
    )

    def get_queryset(self) -> QuerySet[Replay]:
        return selectors.replays(self.who)

    def get_presets(self) -> list[Preset]:
        return [
            Preset("All"),
            Preset("Awaiting approval", f"state={ReplayState.AWAITING.value}"),
            Preset("At work", "state=at_work"),
            Preset("Mine", "by=me"),
        ]

    def get_actions(self) -> list[Action]:
        return [Action("Who approves what", reverse("console:replay-rules"), "shield-check", dialog=False)]


class ReplayPage(Guarded, DetailView):
    """The preview before, the progress during, the report after."""

    needs = Permission.VIEW_RUNS
    template_name = "console/replays/page.html"
    nav = "replays"
    lookup_field = "number"
    live_seconds = 3
    object: Replay

    def get_queryset(self) -> QuerySet[Replay]:
        return selectors.replays(self.who)

    def get_title(self) -> str:
        return f"Replay {self.object.number}"

    def get_lead(self) -> str:
        return self.object.reason

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, ReplayState)

    def get_crumbs(self) -> list[Crumb]:
        return [Crumb("Replays", reverse("console:replays")), Crumb(f"{self.object.number}")]

    def get_meta(self) -> list[Fact]:
        return [Fact("Chosen", chosen_text(self.object)), Fact("Asked", self.object.requested_at, Kind.AGE)]

    def get_facts(self) -> list[Fact]:
        return replay_facts(self.object)

    def get_actions(self) -> list[Action]:
        return replay_deeds(self.who, self.object)

    def get_tabs(self) -> list[Tab]:
        return tabs(self.object, items=False)

    def get_panels(self) -> list[Panel]:
        replay = self.object
        if replay.state == ReplayState.GATHERING:
            return []
        panels = [self._report()] if replay.state in REPORTED else []
        panels += [self._differences(), self._effects(), self._tally()]
        if left := selectors.left_out(replay):
            context = {"table": build_table(LEFT_OUT_COLUMNS, left), "table_label": "What is left out"}
            panels.insert(
                len(panels) - 2,
                Panel("What is left out, and why", "ui/_data_table.html", context, icon="circle-slash", flush=True,
                      count=replay.count(ItemState.LEFT_OUT), tone=Tone.CAUTION),
            )  # fmt: skip
        return panels

    def _report(self) -> Panel:
        said = self.object.report
        context = {
            "replay": self.object,
            "digest": said["digest"],
            "outcomes": [
                (state.label, said["items"][state.value], Decimal(said["dollars"][state.value]))
                for state in (ItemState.DONE, ItemState.FAILED, ItemState.LEFT_OUT)
            ],
        }
        return Panel("Report", "console/replays/_report.html", context, icon="file-check", key="report")

    def _differences(self) -> Panel:
        replay, found = self.object, selectors.differences(self.object)
        context = {
            "replay": replay,
            "rest": max(0, replay.chosen - replay.compared),
            "table": build_table(SAMPLE_COLUMNS, found[: selectors.MOST_DIFFERENCES]),
            "more": max(0, len(found) - selectors.MOST_DIFFERENCES),
            "table_label": "Outputs that would differ",
        }
        tone = Tone.CAUTION if replay.differing else ""
        return Panel(
            "Outputs against last time", "console/replays/_differences.html", context, icon="file-diff", tone=tone
        )

    def _effects(self) -> Panel:
        facts = [
            Fact("Done before: they do not happen again", f"{self.object.effects.get('done', 0):,}"),
            Fact("Sent and unconfirmed: read back first", f"{self.object.effects.get('unknown', 0):,}"),
            Fact("Asked for and not done: they would happen", f"{self.object.effects.get('open', 0):,}"),
        ]
        note = "by posting key; steps that never ran may have more"
        return Panel("Outside effects", "ui/_facts.html", {"facts": facts}, icon="send", note=note)

    def _tally(self) -> Panel:
        rows = [*tally_rows(self.object.labels), *tally_rows(self.object.classes, class_name)]
        context = {"table": build_table(TALLY_COLUMNS, rows), "table_label": "By workflow, feed and class"}
        return Panel("By workflow, feed and failure class", "ui/_data_table.html", context, icon="layers", flush=True)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        replay = self.object
        self.live_seconds = 0 if replay.state in REPLAY_FINAL else type(self).live_seconds  # type: ignore[misc]
        return super().get_context_data(
            stats=_stats(replay),
            begun=replay.started_at is not None,
            gathering=replay.state == ReplayState.GATHERING,
            paused=replay.state == ReplayState.PAUSED,
            needs_approval=replay.asks if replay.state in {ReplayState.PREVIEWED, ReplayState.AWAITING} else [],
            own=replay.requester == self.who.get_username(),
            **kwargs,
        )


def _stats(replay: Replay) -> list[Stat]:
    left = replay.count(ItemState.LEFT_OUT)
    failed = replay.count(ItemState.FAILED)
    differ = f"of {replay.compared:,} compared" if replay.compared else "none compared"
    stats = [
        Stat(
            "Replayed" if replay.state in REPORTED else "To be replayed",
            f"{replay.chosen:,}",
            hint=f"{left:,} left out" if left else "nothing left out",
        ),
        Stat("At stake", money_text(replay.amount), hint="dollars of what was previewed"),
    ]
    if replay.started_at is None:
        open_effects = replay.effects.get("open", 0) + replay.effects.get("unknown", 0)
        return [
            *stats,
            Stat("Outside effects open", f"{open_effects:,}", hint=f"{replay.effects.get('done', 0):,} done before"),
            Stat("Outputs differ", f"{replay.differing:,}", hint=differ,
                 tone=Tone.CAUTION if replay.differing else None),
        ]  # fmt: skip
    return [
        *stats,
        Stat("Done", f"{replay.count(ItemState.DONE):,}", hint=f"{replay.count(ItemState.UNDER_WAY):,} under way",
             tone=Tone.POSITIVE),
        Stat("Failed", f"{failed:,}", hint="parked or held again", tone=Tone.CRITICAL if failed else None),
    ]  # fmt: skip


def tabs(replay: Replay, *, items: bool) -> list[Tab]:
    url = replay_url(replay)
    return [
        Tab("Overview", url, current=not items),
        Tab("Items", reverse("console:replay-items", args=[replay.number]), current=items, count=replay.total),
    ]


class ReplayItems(Guarded, ListView):
    """Every item with its outcome, to be filtered and taken away."""

    needs = Permission.VIEW_RUNS
    nav = "replays"
    template_name = "console/replays/items.html"
    order = "pk"
    live_seconds = 5
    filterset_class = ItemFilter
    columns = ITEM_COLUMNS
    empty = Empty("Nothing was found", "Nothing fits what was chosen.", "search-x")

    @property
    def replay(self) -> Replay:
        if not hasattr(self, "_replay"):
            found = find_in_scope(selectors.replays(self.who), "number", self.kwargs["number"])
            self._replay: Replay = found  # type: ignore[assignment]
        return self._replay

    def get_queryset(self) -> QuerySet[ReplayItem]:
        return selectors.items(self.replay).defer("differences").select_related("replay")

    def get_title(self) -> str:
        return f"Items of replay {self.replay.number}"

    def get_lead(self) -> str:
        return self.replay.reason

    def get_crumbs(self) -> list[Crumb]:
        number = self.replay.number
        return [
            Crumb("Replays", reverse("console:replays")),
            Crumb(f"{number}", replay_url(self.replay)),
            Crumb("Items"),
        ]

    def get_presets(self) -> list[Preset]:
        counts = self.replay.counts
        return [
            Preset("All", count=f"{self.replay.total:,}"),
            *(Preset(str(state.label), f"state={state.value}", count=f"{counts[state]:,}")
              for state in ItemState if counts.get(state)),
        ]  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(tabs=tabs(self.replay, items=True), **kwargs)


class ReplayItemPage(Guarded, DetailView):
    """What one item would bring, or brought, against last time."""

    needs = Permission.VIEW_RUNS
    nav = "replays"
    object: ReplayItem

    def get_queryset(self) -> QuerySet[ReplayItem]:
        replay = find_in_scope(selectors.replays(self.who), "number", self.kwargs["number"])
        return selectors.items(replay).exclude(label="").select_related("replay")  # type: ignore[arg-type]

    def get_title(self) -> str:
        return f"{workflow_title(self.object.label)} {str(self.object.ref)[-8:]}"

    def get_badge(self) -> Badge:
        return badge_for(self.object.state, ItemState)

    def get_crumbs(self) -> list[Crumb]:
        replay = self.object.replay
        items = reverse("console:replay-items", args=[replay.number])
        return [
            Crumb("Replays", reverse("console:replays")),
            Crumb(f"{replay.number}", replay_url(replay)),
            Crumb("Items", items),
            Crumb(str(self.object.ref)[-8:]),
        ]

    def get_actions(self) -> list[Action]:
        return [Action(f"Open the {self.object.kind}", item_url(self.object), "arrow-right", dialog=False)]

    def get_facts(self) -> list[Fact]:
        item = self.object
        facts = [
            Fact("Facility", item.facility),
            Fact("At stake", item.amount, Kind.MONEY),
            Fact("Why", item.detail),
            Fact("Begun", item.begun_at, Kind.WHEN),
            Fact("Ended", item.ended_at, Kind.WHEN),
        ]
        return [fact for fact in facts if fact.value not in ("", None)]

    def get_panels(self) -> list[Panel]:
        item = self.object
        same = Empty("As last time", "Every output would be what it was.", "circle-check", tone=Tone.POSITIVE)
        untried = Empty("Not compared", "It is not in the sample that was compared.", "circle-dot")
        compared: dict[str, Any] = {
            "table": build_table(DIFFERENCE_COLUMNS, [{**row, "label": item.label} for row in item.differences]),
            "table_label": "Outputs against last time",
            "empty": same if item.differs is False else untried,
        }
        effects: dict[str, Any] = {
            "table": build_table(EFFECT_COLUMNS, [{**row, "label": item.label} for row in item.effects]),
            "table_label": "Outside effects",
            "empty": Empty("None asked for so far", "Steps that never ran may have some.", "send"),
        }
        return [
            Panel("Outputs against last time", "ui/_data_table.html", compared, icon="file-diff", flush=True),
            Panel("Outside effects asked for before", "ui/_data_table.html", effects, icon="send", flush=True),
        ]
