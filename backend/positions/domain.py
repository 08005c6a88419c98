"""What can happen to a position: written, copied, submitted, moderated, paused, closed, expired."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import SYSTEM, Actor
from backend.audit import domain as audit
from backend.common import clock, outbox
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.companies.queries import recruiter_ids, vetting_staff_ids
from backend.notifications.domain import notify
from backend.positions import content, linter, rules
from backend.positions.enums import TRANSITIONS, PositionStatus
from backend.positions.models import Position, PositionTemplate
from backend.positions.queries import positions_visible_to, templates_visible_to

INDEX_TOPIC = "positions.index"
COPY_VALIDITY = timedelta(days=60)
EXPIRE_BATCH = 500


@transaction.atomic
def create_position(*, actor: Actor, values: dict[str, Any]) -> Position:
    """Write a draft for the recruiter's company."""
    if not rules.can_write(actor):
        raise NotAllowed()
    position = Position.objects.create(
        company_id=actor.company_id, **content.checked(values, int(actor.company_id or 0))
    )
    audit.record(actor=actor, verb="position.created", target=position, after=position.status)
    return position


@transaction.atomic
def update_position(
    *, actor: Actor, position_id: int, values: dict[str, Any], version: int | None = None
) -> Position:
    """Change entries; a published position that changes what staff looked at goes back to review.

    `version` is what the person saw: another one in the database means somebody else was faster.
    """
    position = _editable(actor, position_id)
    _require_status(position, *rules.EDITABLE)
    if version is not None and version != position.version:
        raise Conflict()
    before = content.values_of(position)
    clean = content.checked({**before, **values}, position.company_id)
    changed = [field for field in content.FIELDS if clean[field] != before[field]]
    if not changed:
        return position
    _write(position, {field: clean[field] for field in changed})
    audit.record(actor=actor, verb="position.updated", target=position, data={"fields": changed})
    if position.status in (PositionStatus.PUBLISHED, PositionStatus.PAUSED):
        if rules.MATERIAL & set(changed):
            _into_review(actor, position, "position.changed")
        else:
            _write(position, {"expires_at": end_of(position.deadline)})
            _reindex(position)
    return position


@transaction.atomic
def copy_position(*, actor: Actor, position_id: int) -> Position:
    """Write a new draft with the same entries."""
    position = _editable(actor, position_id)
    values = content.values_of(position)
    if values["deadline"] <= clock.today():
        values["deadline"] = clock.today() + COPY_VALIDITY
    if values["starts_on"] and values["starts_on"] < clock.today():
        values["starts_on"] = None
    copy = Position.objects.create(company_id=position.company_id, **values)
    audit.record(
        actor=actor, verb="position.created", target=copy, after=copy.status, data={"copy_of": position.pk}
    )
    return copy


@transaction.atomic
def submit_position(*, actor: Actor, position_id: int) -> Position:
    """Hand a position to staff; entries the law misses and forbidden terms are named field by field."""
    position = _editable(actor, position_id)
    # A second press in a tab that is behind must not take down what staff have published since.
    _require_status(position, PositionStatus.DRAFT, PositionStatus.EXPIRED)
    _require_lawful(position)
    _into_review(actor, position, "position.submitted")
    return position


@transaction.atomic
def withdraw_position(*, actor: Actor, position_id: int) -> Position:
    """Take a position out of review, to change it."""
    position = _editable(actor, position_id)
    _require_status(position, PositionStatus.IN_REVIEW)
    before = move(position, PositionStatus.DRAFT, TRANSITIONS)
    audit.record(
        actor=actor, verb="position.withdrawn", target=position, before=before, after=position.status
    )
    return position


@transaction.atomic
def decide_position(*, actor: Actor, position_id: int, publish: bool, reason: str = "") -> Position:
    """Publish what waits in review, or send it back with a reason; the recruiters are told."""
    position = _moderated(actor, position_id)
    _require_status(position, PositionStatus.IN_REVIEW)
    if publish:
        return _publish(actor, position)
    before = move(position, PositionStatus.DRAFT, TRANSITIONS, review_reason=_reason(reason))
    audit.record(
        actor=actor,
        verb="position.sent_back",
        target=position,
        before=before,
        after=position.status,
        reason=position.review_reason,
    )
    _tell_company(position, "position_sent_back", reason=position.review_reason)
    return position


@transaction.atomic
def take_down_position(*, actor: Actor, position_id: int, reason: str) -> Position:
    """Staff take a public position back into review at once, with a reason."""
    position = _moderated(actor, position_id)
    _require_status(position, PositionStatus.PUBLISHED, PositionStatus.PAUSED)
    before = move(position, PositionStatus.IN_REVIEW, TRANSITIONS, review_reason=_reason(reason))
    audit.record(
        actor=actor,
        verb="position.taken_down",
        target=position,
        before=before,
        after=position.status,
        reason=position.review_reason,
    )
    _reindex(position)
    _tell_company(position, "position_taken_down", reason=position.review_reason)
    return position


@transaction.atomic
def pause_position(*, actor: Actor, position_id: int) -> Position:
    """Take a published position out of sight until it is resumed."""
    return _step(actor, position_id, PositionStatus.PAUSED, "position.paused")


@transaction.atomic
def resume_position(*, actor: Actor, position_id: int) -> Position:
    """Show a paused position again, if it is still valid."""
    position = _editable(actor, position_id)
    _require_status(position, PositionStatus.PAUSED)
    _require_lawful(position)
    return _step(actor, position_id, PositionStatus.PUBLISHED, "position.resumed")


@transaction.atomic
def close_position(*, actor: Actor, position_id: int) -> Position:
    """End a position for good."""
    return _step(actor, position_id, PositionStatus.CLOSED, "position.closed")


@transaction.atomic
def save_template(*, actor: Actor, position_id: int, name: str) -> PositionTemplate:
    """Keep a position's entries under a name; the same name is overwritten."""
    position = _editable(actor, position_id)
    name = name.strip()
    if not name or len(name) > 80:
        raise Invalid(fields={"name": [_("Enter a name of at most 80 characters.")]})
    values = content.values_of(position)
    values["deadline"] = values["starts_on"] = None
    template, _created = PositionTemplate.objects.update_or_create(
        company_id=position.company_id, name=name, defaults={"values": values}
    )
    audit.record(actor=actor, verb="position.template_saved", target=template)
    return template


@transaction.atomic
def delete_template(*, actor: Actor, template_id: int) -> None:
    """Forget a template of the recruiter's company."""
    template = templates_visible_to(actor).filter(pk=template_id).first()
    if template is None:
        raise NotFound()
    audit.record(actor=actor, verb="position.template_deleted", target=template)
    template.delete()


def expire_positions() -> int:
    """Close what is past its validity; the number of positions."""
    done = 0
    due = Position.objects.select_related("company").filter(
        status__in=[PositionStatus.PUBLISHED, PositionStatus.PAUSED], expires_at__lte=clock.now()
    )
    for position in due[:EXPIRE_BATCH]:
        try:
            with transaction.atomic():
                before = move(position, PositionStatus.EXPIRED, TRANSITIONS)
                audit.record(
                    actor=SYSTEM,
                    verb="position.expired",
                    target=position,
                    before=before,
                    after=position.status,
                )
                _reindex(position)
                _tell_company(position, "position_expired")
        except Conflict:
            continue  # another worker, or the company, was faster
        done += 1
    return done


def end_of(day: Any) -> datetime:
    """The moment a day is over, in the time zone of the platform."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _editable(actor: Actor, position_id: int) -> Position:
    position = positions_visible_to(actor).filter(pk=position_id).first()
    if position is None:
        raise NotFound()
    if not rules.can_edit(actor, position):
        raise NotAllowed()
    return position


def _moderated(actor: Actor, position_id: int) -> Position:
    position = positions_visible_to(actor).filter(pk=position_id).first()
    if position is None:
        raise NotFound()
    if not rules.can_moderate(actor, position):
        raise NotAllowed(
            "vetting_school_only", _("Only staff of the school the company registered with may do this.")
        )
    return position


def _require_status(position: Position, *allowed: str) -> None:
    """Steps that name where they start: the table alone would let them start elsewhere too."""
    if position.status not in allowed:
        raise Conflict(
            "wrong_state", _("Not possible from “%(before)s”."), before=position.get_status_display()
        )


def _write(position: Position, values: dict[str, Any]) -> None:
    """Write entries unless somebody else changed the row since it was read."""
    changed = Position.objects.filter(pk=position.pk, version=position.version).update(
        **values, version=models.F("version") + 1, updated_at=clock.now()
    )
    if not changed:
        raise Conflict()
    position.refresh_from_db(fields=[*values, "version", "updated_at"])


def _require_lawful(position: Position) -> None:
    problems = content.missing(position)
    for finding in linter.blocking(linter.lint(linter.texts_of(position))):
        problems.setdefault(finding.field, []).append(
            _("“%(term)s” may not stand here: %(rule)s.") % {"term": finding.term, "rule": finding.rule}
        )
    if problems:
        raise Invalid("unlawful", _("The position cannot be published like this."), fields=problems)


def _into_review(actor: Actor, position: Position, verb: str) -> None:
    before = move(position, PositionStatus.IN_REVIEW, TRANSITIONS, review_reason="")
    audit.record(actor=actor, verb=verb, target=position, before=before, after=position.status)
    _reindex(position)
    notify(
        user_ids=vetting_staff_ids(position.company.school_id),
        kind="position_submitted",
        dedupe_key=f"position-submitted:{position.pk}:{position.version}",
        url=f"/staff/positions/{position.pk}/",
        position=position.title,
        company=position.company.name,
    )


def _publish(actor: Actor, position: Position) -> Position:
    _require_lawful(position)
    _require_reachable_company(position.company_id)
    moment = clock.now()
    before = move(
        position,
        PositionStatus.PUBLISHED,
        TRANSITIONS,
        published_at=moment,
        expires_at=end_of(position.deadline),
        review_reason="",
    )
    audit.record(
        actor=actor, verb="position.published", target=position, before=before, after=position.status
    )
    _reindex(position)
    _tell_company(position, "position_published")
    return position


def _require_reachable_company(company_id: int) -> None:
    company = Company.objects.get(pk=company_id)
    if (
        company.status != CompanyStatus.VERIFIED
        or company.vetted_until is None
        or company.vetted_until <= clock.now()
    ):
        raise Conflict("company_not_verified", _("The company is not verified: vet it first."))


def _step(actor: Actor, position_id: int, to: str, verb: str) -> Position:
    position = _editable(actor, position_id)
    before = move(position, to, TRANSITIONS)
    audit.record(actor=actor, verb=verb, target=position, before=before, after=position.status)
    _reindex(position)
    return position


def _reindex(position: Position) -> None:
    outbox.put(INDEX_TOPIC, {"position": position.pk}, dedupe_key=str(position.pk))


def _tell_company(position: Position, kind: str, **params: Any) -> None:
    notify(
        user_ids=recruiter_ids(position.company_id),
        kind=kind,
        dedupe_key=f"{kind}:{position.pk}:{position.version}",
        url=f"/company/positions/{position.pk}/",
        position=position.title,
        **params,
    )


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid(fields={"reason": [_("Give a reason: the company reads it.")]})
    return reason
