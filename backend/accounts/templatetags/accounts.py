"""What the sign-in page of the demo shows."""

from django import template
from django.conf import settings

from backend.accounts import hooks

register = template.Library()


@register.simple_tag
def demo_accounts() -> list[hooks.DemoAccount]:
    """The accounts the demo offers; none unless the demo is loaded."""
    return hooks.demo_accounts() if settings.DEMO_MODE else []
