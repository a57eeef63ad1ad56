"""The console's addresses: one list a page module."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from hub.console.views import (
    case,
    case_actions,
    case_fix,
    case_held,
    door,
    home,
    kpis,
    mapping_actions,
    mapping_import,
    mappings,
    queue,
)

HOME = [
    path("", home.Home.as_view(), name="home"),
]
QUEUE = [
    path("cases/", queue.CaseQueue.as_view(), name="queue"),
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
    path("cases/<int:number>/retry/", case_actions.RetryCase.as_view(), name="case-retry"),
    path("cases/<int:number>/replay/", case_actions.ReplayCase.as_view(), name="case-replay"),
    path("cases/<int:number>/map/", case_fix.MapCode.as_view(), name="case-map"),
    path("cases/<int:number>/approve/<int:mapping>/", case_fix.ApproveProposal.as_view(), name="case-approve"),
    path("cases/<int:number>/reject/<int:mapping>/", case_fix.RejectProposal.as_view(), name="case-reject"),
]
MAPPINGS = [
    path("mappings/", mappings.MappingList.as_view(), name="mappings"),
    path("mappings/coverage/", mappings.MappingCoverage.as_view(), name="mapping-coverage"),
    path("mappings/propose/", mapping_actions.ProposeMapping.as_view(), name="mapping-propose"),
    path("mappings/import/", mapping_import.ImportMappings.as_view(), name="mapping-import"),
    path("mappings/import/apply/", mapping_import.ApplyImport.as_view(), name="mapping-import-apply"),
    path("mappings/<int:pk>/", mappings.MappingPage.as_view(), name="mapping"),
    path("mappings/<int:pk>/approve/", mapping_actions.ApproveMapping.as_view(), name="mapping-approve"),
    path("mappings/<int:pk>/reject/", mapping_actions.RejectMapping.as_view(), name="mapping-reject"),
    path("mappings/<int:pk>/retire/", mapping_actions.RetireMapping.as_view(), name="mapping-retire"),
]
KPIS = [
    path("kpis/", kpis.KpiList.as_view(), name="kpis"),
    path("kpis/<str:kpi>/", kpis.KpiPage.as_view(), name="kpi"),
    path("kpis/<str:kpi>/rows/<int:part>/", kpis.KpiRows.as_view(), name="kpi-rows"),
]
PAGES = [*HOME, *QUEUE, *CASE, *MAPPINGS, *KPIS]

# The design system links to these two by their plain names.
DOOR = [
    path("sign-in/", door.SignIn.as_view(), name="sign-in"),
    path("sign-out/", door.SignOut.as_view(), name="sign-out"),
]

urlpatterns: list[URLPattern | URLResolver] = [*DOOR, path("", include((PAGES, "console")))]
