"""The gallery's own addresses, below /ui/; the browser tests mount them without DEBUG."""

from __future__ import annotations

from django.urls import URLPattern, path

from hub.ui.gallery import views

app_name = "ui"
urlpatterns: list[URLPattern] = [
    path("gallery/", views.Gallery.as_view(), name="gallery"),
    path("gallery/list/", views.GalleryList.as_view(), name="gallery-list"),
    path("gallery/detail/", views.GalleryDetail.as_view(), name="gallery-detail"),
    path("gallery/action/", views.GalleryAction.as_view(), name="gallery-action"),
    path("gallery/door/", views.GalleryDoor.as_view(), name="gallery-door"),
    path("gallery/problem/<int:status>/", views.problem, name="gallery-problem"),
]
