"""Sentences of the sign-in library that our catalogue says in the words of the product."""

from django.utils.translation import gettext_lazy as _

WORDING = (
    _("Two-Factor Authentication"),
    _("Email Addresses"),
    _("Email"),
    _("Email address"),
)
