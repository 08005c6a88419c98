"""Importing this fills the registry; the order here is the order of the features."""

from matching.features import ability, conditions, market, work

__all__ = ["ability", "conditions", "market", "work"]
