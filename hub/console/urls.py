"""The console's addresses: one list a page module."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from hub.console.views import (
    audit,
    case,
    case_actions,
    case_arrange,
    case_decide,
    case_fix,
    case_held,
    case_mend,
    coverage,
    decision_tables,
    deeds,
    denials,
    domains,
    door,
    feed_replay,
    health,
    home,
    journeys,
    kpis,
    ledger,
    mapping_actions,
    mapping_bulk,
    mapping_import,
    mappings,
    message_actions,
    message_fixture,
    messages,
    notices,
    onboarding,
    onboarding_live,
    onboarding_steps,
    queue,
    replay_actions,
    replay_requests,
    replay_rules,
    replays,
    run_actions,
    runbook_edit,
    runbooks,
    runs,
    search,
    system_actions,
    system_care,
    systems,
    tie_outs,
    tokens,
)

HOME = [
    path("", home.Home.as_view(), name="home"),
]
NOTICES = [
    path("notices/", notices.Notices.as_view(), name="notices"),
    path("notices/preferences/", notices.NoticePreferences.as_view(), name="notice-preferences"),
    path("notices/<uuid:pk>/", notices.OpenNotice.as_view(), name="notice"),
]
QUEUE = [
    path("cases/", queue.CaseQueue.as_view(), name="queue"),
    path("cases/<int:number>/preview/", queue.CasePreview.as_view(), name="case-preview"),
    path("cases/deeds/", deeds.DeedsUnderWay.as_view(), name="deeds"),
    path("cases/deeds/<uuid:pk>/", deeds.DeedPage.as_view(), name="deed"),
    path("cases/deeds/<uuid:pk>/stop/", deeds.StopDeed.as_view(), name="deed-stop"),
    path("cases/deeds/<uuid:pk>/undo/", deeds.UndoDeed.as_view(), name="deed-undo"),
]
CASE = [
    path("cases/<int:number>/", case.CasePage.as_view(), name="case"),
    path("cases/<int:number>/payload/", case.CasePayload.as_view(), name="case-payload"),
    path("cases/<int:number>/release/", case.CaseRelease.as_view(), name="case-release"),
    path("cases/<int:number>/held/", case_held.CaseHeld.as_view(), name="case-held"),
    path("cases/<int:number>/take/", case_actions.TakeCase.as_view(), name="case-take"),
    path("cases/<int:number>/assign/", case_actions.AssignCase.as_view(), name="case-assign"),
    path("cases/<int:number>/comment/", case_actions.CommentCase.as_view(), name="case-comment"),
    path("cases/<int:number>/resolve/", case_actions.ResolveCase.as_view(), name="case-resolve"),
    path("cases/<int:number>/reopen/", case_actions.ReopenCase.as_view(), name="case-reopen"),
    path("cases/<int:number>/snooze/", case_arrange.SnoozeCase.as_view(), name="case-snooze"),
    path("cases/<int:number>/wake/", case_arrange.WakeCase.as_view(), name="case-wake"),
    path("cases/<int:number>/watch/", case_arrange.WatchCase.as_view(), name="case-watch"),
    path("cases/<int:number>/unwatch/", case_arrange.UnwatchCase.as_view(), name="case-unwatch"),
    path("cases/<int:number>/merge/", case_arrange.MergeCase.as_view(), name="case-merge"),
    path("cases/<int:number>/attach/", case_arrange.AttachFile.as_view(), name="case-attach"),
    path("cases/files/<uuid:pk>/", case_arrange.OpenAttachment.as_view(), name="attachment"),
    path("cases/files/<uuid:pk>/remove/", case_arrange.RemoveAttachment.as_view(), name="attachment-remove"),
    path("cases/<int:number>/retry/", case_actions.RetryCase.as_view(), name="case-retry"),
    path("cases/<int:number>/replay/", replay_requests.ReplayCase.as_view(), name="case-replay"),
    path("cases/<int:number>/claim/", case_decide.ChooseClaim.as_view(), name="case-choose-claim"),
    path("cases/<int:number>/decide/", case_decide.DecideAdjustment.as_view(), name="case-decide"),
    path("cases/<int:number>/correct/", case_mend.CorrectRecord.as_view(), name="case-correct"),
    path("cases/<int:number>/send-back/", case_mend.SendBack.as_view(), name="case-send-back"),
    path("cases/<int:number>/ask-again/", case_mend.AskAgain.as_view(), name="case-ask-again"),
    path("cases/<int:number>/write-off/", case_mend.WriteOff.as_view(), name="case-write-off"),
    path("cases/<int:number>/attachment/", case_mend.EnterAttachment.as_view(), name="case-attachment"),
    path("cases/<int:number>/authorization/", case_mend.EnterAuthorization.as_view(), name="case-authorization"),
    path("cases/<int:number>/post-later/", case_mend.PostLater.as_view(), name="case-post-later"),
    path("cases/<int:number>/asked/<uuid:approval>/approve/", case_mend.ApproveAsked.as_view(), name="asked-approve"),
    path("cases/<int:number>/asked/<uuid:approval>/refuse/", case_mend.RefuseAsked.as_view(), name="asked-refuse"),
    path(
        "cases/<int:number>/asked/<uuid:approval>/take-back/", case_mend.WithdrawAsked.as_view(), name="asked-withdraw"
    ),
    path("cases/<int:number>/map/", case_fix.MapCode.as_view(), name="case-map"),
    path("cases/<int:number>/approve/<int:mapping>/", case_fix.ApproveProposal.as_view(), name="case-approve"),
    path("cases/<int:number>/reject/<int:mapping>/", case_fix.RejectProposal.as_view(), name="case-reject"),
]
MAPPINGS = [
    path("mappings/", mappings.MappingList.as_view(), name="mappings"),
    path("mappings/coverage/", coverage.CoverageMatrix.as_view(), name="mapping-coverage"),
    path("mappings/coverage/codes/", coverage.CoverageCell.as_view(), name="coverage-cell"),
    path("mappings/coverage/unmapped/", coverage.Unmapped.as_view(), name="coverage-unmapped"),
    path("mappings/coverage/never-seen/", coverage.NeverSeen.as_view(), name="coverage-never-seen"),
    path("mappings/coverage/unused/", coverage.Unused.as_view(), name="coverage-unused"),
    path("mappings/change/<slug:token>/", mapping_bulk.ChangeMappings.as_view(), name="mapping-change"),
    path("mappings/propose/", mapping_actions.ProposeMapping.as_view(), name="mapping-propose"),
    path("mappings/domains/", domains.Domains.as_view(), name="domains"),
    path("mappings/domains/<slug:key>/", domains.EditPolicy.as_view(), name="domain-policy"),
    path("mappings/import/template/", mapping_import.ImportTemplate.as_view(), name="mapping-import-template"),
    path("mappings/import/", mapping_import.ImportMappings.as_view(), name="mapping-import"),
    path("mappings/import/apply/", mapping_import.ApplyImport.as_view(), name="mapping-import-apply"),
    path("mappings/<int:pk>/", mappings.MappingPage.as_view(), name="mapping"),
    path("mappings/<int:pk>/versions/<int:entry>/", mappings.MappingVersion.as_view(), name="mapping-version"),
    path("mappings/<int:pk>/edit/", mapping_actions.AmendMapping.as_view(), name="mapping-amend"),
    path("mappings/<int:pk>/review/", mapping_actions.ReviewMapping.as_view(), name="mapping-review"),
    path("mappings/<int:pk>/approve/", mapping_actions.ApproveMapping.as_view(), name="mapping-approve"),
    path("mappings/<int:pk>/reject/", mapping_actions.RejectMapping.as_view(), name="mapping-reject"),
    path("mappings/<int:pk>/retire/", mapping_actions.RetireMapping.as_view(), name="mapping-retire"),
]
ONBOARDING = [
    path("onboarding/", onboarding.OnboardingList.as_view(), name="onboarding"),
    path("onboarding/start/", onboarding.StartOnboarding.as_view(), name="onboarding-start"),
    path("onboarding/<int:pk>/", onboarding.OpenOnboarding.as_view(), name="onboarding-open"),
    path("onboarding/<int:pk>/facility/", onboarding_steps.FacilityStep.as_view(), name="onboarding-facility"),
    path("onboarding/<int:pk>/feeds/", onboarding_steps.FeedsStep.as_view(), name="onboarding-feeds"),
    path("onboarding/<int:pk>/codes/", onboarding_steps.CodesStep.as_view(), name="onboarding-codes"),
    path("onboarding/<int:pk>/coverage/", onboarding_steps.CoverageStep.as_view(), name="onboarding-coverage"),
    path("onboarding/<int:pk>/dry-run/", onboarding_live.DryRunStep.as_view(), name="onboarding-dry-run"),
    path("onboarding/<int:pk>/go-live/", onboarding_live.GoLiveStep.as_view(), name="onboarding-go-live"),
    path("onboarding/<int:pk>/go-live/ask/", onboarding_live.AskGoLive.as_view(), name="onboarding-ask"),
    path("onboarding/<int:pk>/go-live/back/", onboarding_live.SendBack.as_view(), name="onboarding-back"),
    path("onboarding/<int:pk>/go-live/confirm/", onboarding_live.GoLive.as_view(), name="onboarding-live"),
    path("onboarding/<int:pk>/go-live/pause/", onboarding_live.PauseAgain.as_view(), name="onboarding-pause"),
]
KPIS = [
    path("kpis/", kpis.KpiList.as_view(), name="kpis"),
    path("kpis/<str:kpi>/", kpis.KpiPage.as_view(), name="kpi"),
    path("kpis/<str:kpi>/rows/<int:part>/", kpis.KpiRows.as_view(), name="kpi-rows"),
]
RUNS = [
    path("runs/", runs.RunList.as_view(), name="runs"),
    path("runs/find/", runs.FindRuns.as_view(), name="runs-find"),
    path("runs/<uuid:pk>/", runs.RunPage.as_view(), name="run"),
    path("runs/<uuid:pk>/retry/", run_actions.RetryRun.as_view(), name="run-retry"),
    path("runs/<uuid:pk>/replay/", replay_requests.ReplayRun.as_view(), name="run-replay"),
    path("runs/<uuid:pk>/cancel/", run_actions.CancelRun.as_view(), name="run-cancel"),
]
REPLAYS = [
    path("replays/", replays.ReplayList.as_view(), name="replays"),
    path("replays/rules/", replay_rules.ReplayRules.as_view(), name="replay-rules"),
    path("replays/rules/add/", replay_rules.AddRule.as_view(), name="replay-rule-add"),
    path("replays/rules/<int:pk>/", replay_rules.EditRule.as_view(), name="replay-rule"),
    path("replays/rules/<int:pk>/remove/", replay_rules.RemoveRule.as_view(), name="replay-rule-remove"),
    path("replays/<int:number>/", replays.ReplayPage.as_view(), name="replay"),
    path("replays/<int:number>/items/", replays.ReplayItems.as_view(), name="replay-items"),
    path("replays/<int:number>/items/<uuid:pk>/", replays.ReplayItemPage.as_view(), name="replay-item"),
    path("replays/<int:number>/ask/", replay_actions.AskForApproval.as_view(), name="replay-ask"),
    path("replays/<int:number>/approve/", replay_actions.ApproveReplay.as_view(), name="replay-approve"),
    path("replays/<int:number>/refuse/", replay_actions.RefuseReplay.as_view(), name="replay-refuse"),
    path("replays/<int:number>/run/", replay_actions.RunReplay.as_view(), name="replay-run"),
    path("replays/<int:number>/pause/", replay_actions.PauseReplay.as_view(), name="replay-pause"),
    path("replays/<int:number>/resume/", replay_actions.ResumeReplay.as_view(), name="replay-resume"),
    path("replays/<int:number>/rate/", replay_actions.RateReplay.as_view(), name="replay-rate"),
    path("replays/<int:number>/stop/", replay_actions.StopReplay.as_view(), name="replay-stop"),
    path("replays/<int:number>/withdraw/", replay_actions.WithdrawReplay.as_view(), name="replay-withdraw"),
    path("replays/<int:number>/verify/", replay_actions.VerifyReport.as_view(), name="replay-verify"),
]
MESSAGES = [
    path("messages/", messages.MessageList.as_view(), name="messages"),
    path("messages/<uuid:pk>/", messages.MessagePage.as_view(), name="message"),
    path("messages/<uuid:pk>/retry/", message_actions.RetryMessage.as_view(), name="message-retry"),
    path("messages/<uuid:pk>/replay/", replay_requests.ReplayMessage.as_view(), name="message-replay"),
    path("messages/<uuid:pk>/reveal/", message_actions.RevealMessage.as_view(), name="message-reveal"),
    path("messages/<uuid:pk>/fixture/", message_fixture.MakeFixture.as_view(), name="message-fixture"),
]
JOURNEYS = [
    path("journeys/", journeys.JourneyList.as_view(), name="journeys"),
    path("journeys/find/", journeys.FindJourney.as_view(), name="journeys-find"),
    path("journeys/<uuid:pk>/", journeys.JourneyPage.as_view(), name="journey"),
]
DECISIONS = [
    path("decision-tables/", decision_tables.TableList.as_view(), name="decision-tables"),
    path("decision-tables/<int:pk>/", decision_tables.TablePage.as_view(), name="decision-table"),
    path("decision-tables/<int:pk>/bench/", decision_tables.TableBench.as_view(), name="decision-table-bench"),
    path("decision-tables/<int:pk>/edit/", decision_tables.EditTable.as_view(), name="decision-table-edit"),
    path("decision-tables/<int:pk>/propose/", decision_tables.ProposeTable.as_view(), name="decision-table-propose"),
    path("decision-tables/<int:pk>/approve/", decision_tables.ApproveTable.as_view(), name="decision-table-approve"),
    path("decision-tables/<int:pk>/reject/", decision_tables.RejectTable.as_view(), name="decision-table-reject"),
    path("decision-tables/<int:pk>/retire/", decision_tables.RetireTable.as_view(), name="decision-table-retire"),
]
DENIALS = [
    path("denials/", denials.DenialList.as_view(), name="denials"),
    path("denials/causes/", denials.DenialCauses.as_view(), name="denial-causes"),
    path("denials/<uuid:pk>/", denials.DenialPage.as_view(), name="denial"),
    path("denials/<uuid:pk>/appeal/", denials.AppealDenial.as_view(), name="denial-appeal"),
    path("denials/<uuid:pk>/write-off/", denials.WriteOffDenial.as_view(), name="denial-write-off"),
]
LEDGER = [
    path("ledger/", ledger.EntryList.as_view(), name="ledger"),
    path("ledger/<uuid:pk>/", ledger.EntryPage.as_view(), name="entry"),
    path("ledger/tie-outs/", tie_outs.TieOuts.as_view(), name="tie-outs"),
    path("ledger/tie-outs/run/", tie_outs.RunTieOut.as_view(), name="tie-out-run"),
    path("ledger/tie-outs/<uuid:pk>/", tie_outs.TieOutPage.as_view(), name="tie-out"),
]
AUDIT = [
    path("audit/", audit.AuditList.as_view(), name="audit"),
    path("audit/verify/", audit.VerifyAudit.as_view(), name="audit-verify"),
    path("audit/<int:sequence>/", audit.AuditPage.as_view(), name="audit-entry"),
]
SEARCH = [
    path("search/", search.Search.as_view(), name="search"),
    path("tokens/", tokens.Tokens.as_view(), name="tokens"),
]
SYSTEMS = [
    path("systems/", systems.SystemsPage.as_view(), name="systems"),
    path("systems/<slug:code>/", systems.SystemPage.as_view(), name="system"),
    path("systems/<slug:code>/pause/", system_actions.PauseSystem.as_view(), name="system-pause"),
    path("systems/<slug:code>/resume/", system_actions.ResumeSystem.as_view(), name="system-resume"),
    path("systems/<slug:code>/reset/", system_actions.ResetLane.as_view(), name="system-reset"),
    path("systems/<slug:code>/drain/", system_care.DrainSystem.as_view(), name="system-drain"),
    path("systems/<slug:code>/end-drain/", system_care.EndDrain.as_view(), name="system-end-drain"),
    path("systems/<slug:code>/test/", system_care.TryConnection.as_view(), name="system-test"),
    path("systems/<slug:code>/rotate/", system_care.RotateSystemSecret.as_view(), name="system-rotate"),
    path("feeds/<slug:code>/replay/", feed_replay.ReplayFeed.as_view(), name="feed-replay"),
    path("feeds/<slug:code>/rotate/", system_care.RotateFeedSecret.as_view(), name="feed-rotate"),
    path("feeds/<slug:code>/end-overlap/", system_care.EndOverlap.as_view(), name="feed-end-overlap"),
    path("feeds/<slug:code>/pause/", system_actions.PauseFeed.as_view(), name="feed-pause"),
    path("feeds/<slug:code>/resume/", system_actions.ResumeFeed.as_view(), name="feed-resume"),
]
RUNBOOKS = [
    path("runbooks/", runbooks.RunbookList.as_view(), name="runbooks"),
    path("runbooks/new/", runbook_edit.NewRunbook.as_view(), name="runbook-new"),
    path("runbooks/preview/", runbook_edit.PreviewRunbook.as_view(), name="runbook-preview"),
    path("runbooks/<slug:code>/", runbooks.RunbookPage.as_view(), name="runbook"),
    path("runbooks/<slug:code>/edit/", runbook_edit.EditRunbook.as_view(), name="runbook-edit"),
    path("runbooks/<slug:code>/retire/", runbooks.RetireRunbook.as_view(), name="runbook-retire"),
    path("runbooks/<slug:code>/reinstate/", runbooks.ReinstateRunbook.as_view(), name="runbook-reinstate"),
    path("runbooks/<slug:code>/tick/", runbooks.TickStep.as_view(), name="runbook-tick"),
    path("runbooks/<slug:code>/versions/<int:number>/", runbooks.RunbookVersion.as_view(), name="runbook-version"),
    path("runbooks/<slug:code>/restore/<int:number>/", runbooks.RestoreRunbook.as_view(), name="runbook-restore"),
]
PAGES = [
    *HOME,
    *QUEUE,
    *NOTICES,
    *CASE,
    *DENIALS,
    *DECISIONS,
    *MAPPINGS,
    *ONBOARDING,
    *KPIS,
    *RUNS,
    *REPLAYS,
    *MESSAGES,
    *JOURNEYS,
    *SYSTEMS,
    *RUNBOOKS,
    *LEDGER,
    *AUDIT,
    *SEARCH,
]

# The design system links to these two by their plain names.
DOOR = [
    path("sign-in/", door.SignIn.as_view(), name="sign-in"),
    path("sign-out/", door.SignOut.as_view(), name="sign-out"),
]

HEALTH = [path("healthz", health.healthz, name="healthz")]

urlpatterns: list[URLPattern | URLResolver] = [*DOOR, *HEALTH, path("", include((PAGES, "console")))]
