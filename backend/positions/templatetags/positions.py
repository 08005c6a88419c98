"""What the pages of other apps say about a position in the same words as ours: `{% load positions %}`."""

from django import template

from backend.positions.interfaces import labels
from backend.positions.models import Position

register = template.Library()


@register.filter
def pay(position: Position) -> str:
    """The basic pay in words."""
    return labels.pay(position)
