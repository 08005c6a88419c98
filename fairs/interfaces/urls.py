"""Addresses of fair pages."""

from django.urls import path

from fairs.interfaces.views import company, public, staff, student

app_name = "fairs"
urlpatterns = [
    path("fairs/", public.fair_list, name="list"),
    path("fairs/<int:pk>/", public.fair_detail, name="detail"),
    path("fairs/<int:pk>/register/", student.register, name="register"),
    path("fairs/<int:pk>/hall/", student.hall, name="hall"),
    path("fairs/<int:pk>/hall/rows/", student.hall_rows, name="hall_rows"),
    path("fairs/<int:pk>/lines/", student.lines, name="lines"),
    path("fairs/<int:pk>/lines/rows/", student.lines_rows, name="lines_rows"),
    path("fairs/booths/<int:pk>/join/", student.join, name="join"),
    path("fairs/tickets/<int:pk>/<slug:act>/", student.ticket, name="ticket"),
    path("fairs/meetings/<int:pk>/", public.meeting, name="meeting"),
    path("fairs/meetings/<int:pk>/talk/", public.meeting_talk, name="meeting_talk"),
    path("fairs/meetings/<int:pk>/say/", public.meeting_say, name="meeting_say"),
    path("fairs/meetings/<int:pk>/share/", public.meeting_share, name="meeting_share"),
    path("fairs/meetings/<int:pk>/end/", public.meeting_end, name="meeting_end"),
    path("fairs/<int:pk>/sign-up/", company.sign_up, name="sign_up"),
    path("company/fairs/", company.booth_list, name="booths_mine"),
    path("company/fairs/booths/<int:pk>/", company.console, name="console"),
    path("company/fairs/booths/<int:pk>/rows/", company.console_rows, name="console_rows"),
    path("company/fairs/booths/<int:pk>/<slug:what>/", company.act, name="console_act"),
    path("staff/fairs/new/", staff.edit, name="create"),
    path("staff/fairs/<int:pk>/edit/", staff.edit, name="edit"),
    path("staff/fairs/<int:pk>/move/", staff.move, name="move"),
    path("staff/fairs/<int:pk>/booths/", staff.booth_list, name="booths"),
    path("staff/fairs/booths/<int:pk>/decide/", staff.decide, name="decide"),
    path("staff/fairs/<int:pk>/control/", staff.control, name="control"),
    path("staff/fairs/<int:pk>/control/rows/", staff.control_rows, name="control_rows"),
    path("staff/fairs/<int:pk>/report/", staff.report, name="report"),
    path("staff/fairs/<int:pk>/report/<slug:figure>/", staff.report_rows, name="report_rows"),
]
