"""What was said in a group session, each line with who said it: to students no name but the company's, to its team all of them."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from fairs import groups
from fairs.models import GroupMessage, GroupSession, Ticket


def lines_of(
    session: GroupSession, *, names: Mapping[int, str] | None = None, mine: Ticket | None = None
) -> list[GroupMessage]:
    """The newest lines with `who` said them and whether it was one's `own` side.

    `names`: of the tickets, for the team alone; `mine`: the number of the student who reads, with the talk.
    """
    lines = groups.newest_lines(session, mine.meeting.ended_at if mine else None)
    for line in lines:
        line.own = line.ticket_id == (mine and mine.pk)
        line.who = _("You") if mine and line.own else _who(line, session, names)
    return lines


def _who(line: GroupMessage, session: GroupSession, names: Mapping[int, str] | None) -> str:
    if line.ticket is None:
        return str(line.author or "") if names is not None else session.booth.company.name
    if names is not None:
        return f"{line.ticket.number} · {names.get(line.ticket_id, '')}"
    return _("A student (number %(number)d)") % {"number": line.ticket.number}
