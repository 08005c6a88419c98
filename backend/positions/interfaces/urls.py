"""Addresses of position pages."""

from django.urls import path

from backend.positions.interfaces import compare, staff, suggestions, views

app_name = "positions"
urlpatterns = [
    path("positions/", views.search, name="search"),
    path("positions/suggest/", suggestions.suggestions, name="suggest"),
    path("positions/compare/", compare.page, name="compare"),
    path("positions/compare/choose/", compare.choose, name="compare_choose"),
    path("positions/searches/", suggestions.searches, name="searches"),
    path("positions/searches/forget/", suggestions.searches_forget, name="searches_forget"),
    path("positions/searches/<int:pk>/forget/", suggestions.search_forget, name="search_forget"),
    path("positions/districts/", views.districts, name="districts"),
    path("positions/<int:pk>/", views.detail, name="detail"),
    path("company/positions/", views.company_list, name="list"),
    path("company/positions/new/", views.create, name="create"),
    path("company/positions/lint/", views.lint, name="lint"),
    path("company/positions/<int:pk>/", views.company_detail, name="company_detail"),
    path("company/positions/<int:pk>/edit/", views.edit, name="edit"),
    path("company/positions/<int:pk>/copy/", views.copy, name="copy"),
    path("company/positions/<int:pk>/template/", views.template_save, name="template_save"),
    path("company/positions/<int:pk>/steps/<slug:name>/", views.step, name="step"),
    path("company/positions/claim/", views.claim, name="claim"),
    path("company/templates/<int:pk>/delete/", views.template_delete, name="template_delete"),
    path("staff/positions/", staff.queue, name="staff_list"),
    path("staff/positions/<int:pk>/", staff.review, name="staff_detail"),
    path("staff/positions/claims/", staff.claims, name="claims"),
    path("staff/positions/imports/", staff.imports, name="imports"),
    path("staff/positions/imports/<int:pk>/", staff.import_detail, name="import_detail"),
    path("staff/positions/imports/<int:pk>/report/", staff.import_report, name="import_report"),
]
