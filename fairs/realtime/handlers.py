"""What a socket does in the database: one function per hop, with an actor read afresh each time."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import translation

from backend.accounts.actor import Actor, actor_of
from backend.accounts.models import User
from backend.common.errors import DomainError, Invalid, NotAllowed, NotFound
from fairs.domain import (
    booth,
    call,
    chat,
    extension,
    group,
    handover,
    invitation,
    line,
    meeting,
    safety,
    swap,
    team,
)
from fairs.models import CommandReceipt
from fairs.protocol import commands

Answer = dict[str, Any]


def run(user_id: int, command_id: str, command: commands.Command) -> Answer:
    """Carry a command out once; a repeated id gets the first answer. Returns after commit."""
    user = User.objects.filter(pk=user_id, is_active=True).only("language", "is_active").first()
    if user is None:
        return _refusal(NotAllowed())
    receipts = CommandReceipt.objects.filter(user=user, command_id=command_id)
    with translation.override(user.language):
        try:
            with transaction.atomic():
                receipt = CommandReceipt.objects.create(user=user, command_id=command_id)
                result = HANDLERS[command.name](actor_of(user), command)
                receipt.answer = {"ok": True, "result": result}
                receipt.save(update_fields=["answer"])
            return receipt.answer
        except IntegrityError:
            first = receipts.first()
            if first is None:
                raise
            return first.answer  # the same id again, from here or from another tab
        except DomainError as error:
            refusal = _refusal(error)
    CommandReceipt.objects.bulk_create(
        [CommandReceipt(user=user, command_id=command_id, answer=refusal)], ignore_conflicts=True
    )
    return receipts.get().answer


def _refusal(error: DomainError) -> Answer:
    return {"ok": False, "error": code_of(error), "message": error.text}


def code_of(error: DomainError) -> str:
    """The code of a refusal on the socket."""
    match error:
        case NotFound():
            return NotFound.code
        case NotAllowed():
            return NotAllowed.code
        case Invalid():
            return "bad_command"
    return error.code


def _ticket(function) -> Any:
    def handle(actor: Actor, command: Any) -> dict[str, Any]:
        ticket = function(actor=actor, ticket_id=command.ticket)
        return {"ticket": ticket.pk, "status": ticket.status}

    return handle


def _join(actor: Actor, command: commands.JoinLine) -> dict[str, Any]:
    ticket = line.join_line(actor=actor, booth_id=command.booth)
    return {"ticket": ticket.pk, "number": ticket.number}


def _accept(actor: Actor, command: commands.AcceptCall) -> dict[str, Any]:
    return {"meeting": meeting.accept_call(actor=actor, ticket_id=command.ticket).pk}


def _call(actor: Actor, command: commands.CallNext) -> dict[str, Any]:
    ticket = line.call_next(actor=actor, booth_id=command.booth)
    return {"ticket": ticket.pk, "number": ticket.number}


def _pause(actor: Actor, command: commands.PauseBooth) -> dict[str, Any]:
    found = booth.pause_booth(
        actor=actor, booth_id=command.booth, paused=command.paused, message=command.message
    )
    return {"paused": found.paused}


def _send(actor: Actor, command: commands.SendMessage) -> dict[str, Any]:
    return {"message": chat.send_message(actor=actor, meeting_id=command.meeting, text=command.text).pk}


def _end(actor: Actor, command: commands.EndMeeting) -> dict[str, Any]:
    ended = meeting.end_meeting(
        actor=actor, meeting_id=command.meeting, outcome=command.outcome, message=command.message
    )
    return {"meeting": ended.pk, "outcome": ended.outcome}


def _signal(actor: Actor, command: commands.Signal) -> dict[str, Any]:
    call.send_signal(
        actor=actor, meeting_id=command.meeting, call=command.call, what=command.what, data=command.data
    )
    return {}


def _ask(actor: Actor, command: commands.AskExtension) -> dict[str, Any]:
    asked = extension.ask_extension(actor=actor, meeting_id=command.meeting, minutes=command.minutes)
    return {"minutes": asked.minutes}


def _answer(actor: Actor, command: commands.AnswerExtension) -> dict[str, Any]:
    answered = extension.answer_extension(actor=actor, meeting_id=command.meeting, agreed=command.agreed)
    return {"ends_at": answered.ends_at.isoformat()}


def _invite(actor: Actor, command: commands.Invite) -> dict[str, Any]:
    sent = invitation.invite(
        actor=actor, booth_id=command.booth, registration_id=command.registration, text=command.text
    )
    return {"invitation": sent.pk, "status": sent.status}


def _answer_invitation(actor: Actor, command: commands.AnswerInvitation) -> dict[str, Any]:
    answered = invitation.answer_invitation(
        actor=actor, invitation_id=command.invitation, accept=command.accept
    )
    return {"invitation": answered.pk, "status": answered.status, "ticket": answered.ticket_id}


def _say_to_team(actor: Actor, command: commands.SayToTeam) -> dict[str, Any]:
    return {"message": team.say_to_team(actor=actor, booth_id=command.booth, text=command.text).pk}


def _report(actor: Actor, command: commands.ReportPerson) -> dict[str, Any]:
    made = safety.report_person(
        actor=actor, meeting_id=command.meeting, reason=command.reason, text=command.text
    )
    return {"report": made.pk}


def _block(actor: Actor, command: commands.BlockPerson) -> dict[str, Any]:
    return {"block": safety.block_person(actor=actor, meeting_id=command.meeting).pk}


def _swap(actor: Actor, command: commands.SwapLine) -> dict[str, Any]:
    ticket = swap.swap_line(actor=actor, ticket_id=command.ticket, booth_id=command.booth)
    return {"ticket": ticket.pk, "number": ticket.number}


def _ask_handover(actor: Actor, command: commands.AskHandover) -> dict[str, Any]:
    asked = handover.ask_handover(
        actor=actor, ticket_id=command.ticket, booth_id=command.booth, reason=command.reason
    )
    return {"handover": asked.pk}


def _answer_handover(actor: Actor, command: commands.AnswerHandover) -> dict[str, Any]:
    found = handover.answer_handover(actor=actor, ticket_id=command.ticket, agree=command.agree)
    return {"status": found.status, "ticket": found.new_ticket_id}


def _hand_meeting(actor: Actor, command: commands.HandMeeting) -> dict[str, Any]:
    found = handover.hand_meeting(actor=actor, meeting_id=command.meeting, user_id=command.user)
    return {"meeting": found.pk}


def _open_group(actor: Actor, command: commands.OpenGroup) -> dict[str, Any]:
    opened = group.open_group(actor=actor, booth_id=command.booth, size=command.size, topic=command.topic)
    return {"group": opened.pk}


def _fill_group(actor: Actor, command: commands.FillGroup) -> dict[str, Any]:
    return {"called": len(group.fill_group(actor=actor, group_id=command.group))}


def _say_to_group(actor: Actor, command: commands.SayToGroup) -> dict[str, Any]:
    return {"message": group.say_to_group(actor=actor, group_id=command.group, text=command.text).pk}


def _end_group(actor: Actor, command: commands.EndGroup) -> dict[str, Any]:
    ended = group.end_group(
        actor=actor, group_id=command.group, outcome=command.outcome, message=command.message
    )
    return {"group": ended.pk, "status": ended.status}


HANDLERS = {
    "join_line": _join,
    "step_away": _ticket(line.step_away),
    "come_back": _ticket(line.come_back),
    "leave_line": _ticket(line.leave_line),
    "accept_call": _accept,
    "call_next": _call,
    "put_back": _ticket(line.put_back),
    "pause_booth": _pause,
    "send_message": _send,
    "end_meeting": _end,
    "signal": _signal,
    "ask_extension": _ask,
    "answer_extension": _answer,
    "invite": _invite,
    "answer_invitation": _answer_invitation,
    "say_to_team": _say_to_team,
    "report_person": _report,
    "block_person": _block,
    "swap_line": _swap,
    "ask_handover": _ask_handover,
    "answer_handover": _answer_handover,
    "hand_meeting": _hand_meeting,
    "open_group": _open_group,
    "fill_group": _fill_group,
    "decline_group": _ticket(group.decline_group),
    "say_to_group": _say_to_group,
    "end_group": _end_group,
}
