"""The four families of refusal; every interface renders them in its own way (architecture §5)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal with a snake_case code, a translated sentence and the values that fill it."""

    code = "error"
    message: Any = _("Something is wrong.")
    status = 400

    def __init__(self, code: str | None = None, message: Any = None, **params: Any) -> None:
        self.code = code or type(self).code
        self.params = params
        self._message = message if message is not None else type(self).message
        super().__init__(self.code)

    @property
    def text(self) -> str:
        """The sentence in the active language, filled with the params."""
        text = str(self._message)
        return text % self.params if self.params and "%(" in text else text


class NotFound(DomainError):
    """Does not exist, or you may not see it: one answer for both."""

    code, status = "not_found", 404
    message = _("This does not exist, or you may not see it.")


class NotAllowed(DomainError):
    """You may see it, but not do this."""

    code, status = "not_allowed", 403
    message = _("You may not do this.")


class Conflict(DomainError):
    """Not possible in the present state, or somebody was faster."""

    code, status = "conflict", 409
    message = _(
        "This is no longer possible: somebody or something was faster. Look at the present state and try again."
    )


def unreadable_address(params: Mapping[str, str]) -> "Invalid | None":
    """What is wrong with the parameters of an address: no text holds the character NUL, and PostgreSQL takes none."""
    fields = {
        name.replace("\0", ""): [_("This may not hold the character NUL.")]
        for name, value in params.items()
        if "\0" in name + value
    }
    return Invalid(fields=fields) if fields else None


class Invalid(DomainError):
    """The request itself is wrong; `fields` names what and why: {"field": ["sentence", …]}."""

    code, status = "invalid", 422
    message = _("Some entries need correcting.")

    def __init__(
        self,
        code: str | None = None,
        message: Any = None,
        *,
        fields: dict[str, list[Any]] | None = None,
        **params: Any,
    ) -> None:
        super().__init__(code, message, **params)
        self.fields = fields or {}
