"""What can happen to a company: registration, changes, evidence, vetting, suspension, expiry."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import SYSTEM, Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit import domain as audit
from backend.common import clock, outbox
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.files import delete_file
from backend.common.telephones import telephone_error
from backend.common.transitions import move
from backend.companies import evidence, rules
from backend.companies.enums import TRANSITIONS, CompanySize, CompanyStatus
from backend.companies.models import Company, CompanyDivision, VettingDecision, VettingEvidence
from backend.companies.queries import companies_visible_to, owner_ids, vetting_staff_ids
from backend.notifications.domain import notify
from backend.schools.queries import open_schools

REACHABILITY_TOPIC = "companies.reachability"
VALIDITY = timedelta(days=183)
NOTICE_DAYS = (30, 7)
MOST_LICENCES = 10
FIELDS = (
    "name",
    "credit_code",
    "industry",
    "size",
    "city_code",
    "address",
    "website",
    "about",
    "contact_name",
    "contact_phone",
)
RECHECKED = frozenset({"name", "credit_code"})
REQUIRED = ("name", "credit_code", "industry", "size", "city_code", "contact_name", "contact_phone")


@transaction.atomic
def register_company(*, actor: Actor, school_id: int, values: dict[str, Any]) -> Company:
    """Make a company in DRAFT with the person as its owner; who is already something else is refused."""
    if not rules.can_register(actor):
        raise NotAllowed("already_member", _("You already belong to a company or a school."))
    if not open_schools().filter(pk=school_id).exists():
        raise Invalid(fields={"school": [_("Choose a school from the list.")]})
    company = Company(school_id=school_id, **_checked(values))
    _save_once(company)
    try:
        with transaction.atomic():
            Membership.objects.create(
                user_id=actor.user_id, role=Role.RECRUITER, company=company, is_owner=True
            )
    except IntegrityError as error:
        raise Conflict("already_member", _("You already belong to a company or a school.")) from error
    audit.record(actor=actor, verb="company.registered", target=company, after=company.status)
    return company


@transaction.atomic
def update_company(*, actor: Actor, company_id: int, values: dict[str, Any]) -> Company:
    """Change the company's entries; another name or code sends a verified company back to vetting."""
    company = _editable(actor, company_id)
    before = {field: getattr(company, field) for field in FIELDS}
    for field, value in _checked({**before, **values}).items():
        setattr(company, field, value)
    changed = [field for field in FIELDS if getattr(company, field) != before[field]]
    if not changed:
        return company
    company.version += 1
    _save_once(company, [*changed, "version"])
    audit.record(actor=actor, verb="company.updated", target=company, data={"fields": changed})
    if RECHECKED & set(changed):
        _recheck(actor, company, "company.recheck")
    else:
        outbox.put(REACHABILITY_TOPIC, {"company": company.pk}, dedupe_key=str(company.pk))
    return company


@transaction.atomic
def upload_evidence(*, actor: Actor, company_id: int, file: UploadedFile) -> VettingEvidence:
    """Store a licence for staff to look at; a new one sends a verified company back to vetting."""
    company = _editable(actor, company_id)
    content_type, name = evidence.checked(file)
    _make_room(company)
    original = str(file.name)[-120:]
    row = VettingEvidence(
        company=company,
        original_name=original,
        content_type=content_type,
        size=file.size,
        uploaded_by_id=actor.user_id,
    )
    row.file.save(f"{company.pk}/{name}", file, save=True)
    # Whoever decides at this moment has not seen the new licence.
    Company.objects.filter(pk=company.pk).update(version=F("version") + 1, updated_at=clock.now())
    audit.record(actor=actor, verb="company.evidence_uploaded", target=company, data={"evidence": row.pk})
    _recheck(actor, company, "company.recheck")
    return row


@transaction.atomic
def submit_company(*, actor: Actor, company_id: int) -> Company:
    """Hand the company to staff for vetting; what is missing is named field by field."""
    company = _editable(actor, company_id)
    missing: dict[str, list[Any]] = {
        field: [_("Needed before the company can be submitted.")]
        for field in REQUIRED
        if not getattr(company, field)
    }
    if not company.evidence.exists():
        missing["file"] = [_("Upload the business licence first.")]
    if missing:
        raise Invalid("incomplete", fields=missing)
    _submit(actor, company, "company.submitted")
    return company


@transaction.atomic
def decide_vetting(
    *,
    actor: Actor,
    company_id: int,
    outcome: str,
    seen: int | None,
    reason: str = "",
    validity: timedelta = VALIDITY,
) -> VettingDecision:
    """Verify a company until now + validity, or send it back with a reason; the owners are told.

    `seen` is the version of the company that was looked at: a decision about other entries or another licence than
    the present ones is a Conflict.
    """
    company = _vettable(actor, company_id)
    if outcome not in (CompanyStatus.VERIFIED, CompanyStatus.REJECTED):
        raise Invalid(fields={"outcome": [_("Choose whether the company is verified or sent back.")]})
    if seen is None:
        raise Invalid(fields={"version": [_("Say which version of the company you looked at.")]})
    if seen != company.version:
        raise Conflict(
            "changed_meanwhile",
            _("The company changed its entries or licence while you were deciding. Look at it again."),
        )
    if outcome == CompanyStatus.VERIFIED:
        if not timedelta(0) < validity <= VALIDITY:
            raise Invalid(fields={"validity": [_("A vetting is valid for at most six months.")]})
        return _decide(actor, company, outcome, reason, until=clock.now() + validity, seen=seen)
    return _decide(actor, company, outcome, _reason(reason), seen=seen)


@transaction.atomic
def suspend_company(*, actor: Actor, company_id: int, reason: str) -> VettingDecision:
    """Take a verified company and all its positions out of sight at once, whatever its entries say by now."""
    company = _vettable(actor, company_id)
    return _decide(actor, company, CompanyStatus.SUSPENDED, _reason(reason))


@transaction.atomic
def retire_company(*, actor: Actor, company_id: int, reason: str) -> VettingDecision:
    """Take an imported company out of sight after the company itself registered; the caller has asked the rules."""
    return _decide(actor, Company.objects.get(pk=company_id), CompanyStatus.SUSPENDED, _reason(reason))


@transaction.atomic
def add_division(*, actor: Actor, company_id: int, name: str) -> CompanyDivision:
    """Add a division, which may have its own positions and booth."""
    company = _editable(actor, company_id)
    name = name.strip()
    if not name or len(name) > 80:
        raise Invalid(fields={"name": [_("Enter a name of at most 80 characters.")]})
    division, created = CompanyDivision.objects.get_or_create(company=company, name=name)
    if not created:
        raise Invalid(fields={"name": [_("There already is a division with this name.")]})
    audit.record(actor=actor, verb="company.division_added", target=company, data={"division": division.pk})
    return division


@transaction.atomic
def remove_division(*, actor: Actor, company_id: int, division_id: int) -> None:
    """Remove a division; its positions stay with the company. Conflict while a booth of a fair hangs on it."""
    company = _editable(actor, company_id)
    try:
        with transaction.atomic():
            removed, _rows = company.divisions.filter(pk=division_id).delete()
    except IntegrityError:
        # Its booth would become the company's second one at that fair.
        raise Conflict("division_has_booth", _("This division has a booth of its own at a fair.")) from None
    if not removed:
        raise NotFound()
    audit.record(actor=actor, verb="company.division_removed", target=company, data={"division": division_id})


def announce_expiring() -> int:
    """Tell owners 30 and 7 days before the vetting ends, once each; the number of companies told."""
    moment = clock.now()
    told = 0
    rows = Company.objects.filter(
        status=CompanyStatus.VERIFIED,
        vetted_until__gt=moment,
        vetted_until__lte=moment + timedelta(days=NOTICE_DAYS[0]),
    )
    for company in rows:
        days = min(
            notice for notice in NOTICE_DAYS if company.vetted_until <= moment + timedelta(days=notice)
        )
        with transaction.atomic():
            notify(
                user_ids=owner_ids(company.pk),
                kind="company_expiring",
                dedupe_key=f"company-expiring:{company.pk}:{company.vetted_until:%Y%m%d}:{days}",
                url="/company/",
                company=company.name,
                day=f"{company.vetted_until:%Y-%m-%d}",
            )
        told += 1
    return told


def expire_vettings() -> int:
    """Send companies whose vetting has run out back to the staff's queue; the number of companies."""
    done = 0
    for company in Company.objects.filter(status=CompanyStatus.VERIFIED, vetted_until__lte=clock.now()):
        try:
            with transaction.atomic():
                _submit(SYSTEM, company, "company.vetting_expired")
                notify(
                    user_ids=owner_ids(company.pk),
                    kind="company_expired",
                    dedupe_key=f"company-expired:{company.pk}:{company.version}",
                    url="/company/",
                    company=company.name,
                )
        except Conflict:
            continue  # another worker, or a decision made this moment, was faster
        done += 1
    return done


def circle_changed(school_ids: list[int]) -> None:
    """Schools share with others than before: what their companies offer is indexed anew, as a newer version."""
    rows = Company.objects.filter(school_id__in=school_ids)
    rows.update(version=F("version") + 1, updated_at=clock.now())
    ids = rows.order_by("pk").values_list("pk", flat=True)
    outbox.put_many(REACHABILITY_TOPIC, [({"company": pk}, str(pk)) for pk in ids])


def _editable(actor: Actor, company_id: int) -> Company:
    company = companies_visible_to(actor).filter(pk=company_id).first()
    if company is None:
        raise NotFound()
    if not rules.can_edit(actor, company):
        raise NotAllowed("owners_only", _("Only owners of the company may do this."))
    return company


def _vettable(actor: Actor, company_id: int) -> Company:
    company = companies_visible_to(actor).filter(pk=company_id).first()
    if company is None:
        raise NotFound()
    if not rules.can_vet(actor, company):
        raise NotAllowed(
            "vetting_school_only", _("Only staff of the school the company registered with may do this.")
        )
    return company


def _decide(
    actor: Actor, company: Company, outcome: str, reason: str, *, until: Any = None, seen: int | None = None
) -> VettingDecision:
    """Write the decision with its status, audit row, index entry and notification."""
    before = move(company, outcome, TRANSITIONS, seen=seen, vetted_until=until)
    decision = VettingDecision.objects.create(
        company=company, outcome=outcome, reason=reason, decided_by_id=actor.user_id, valid_until=until
    )
    audit.record(
        actor=actor, verb=f"company.{outcome}", target=company, before=before, after=outcome, reason=reason
    )
    outbox.put(REACHABILITY_TOPIC, {"company": company.pk}, dedupe_key=str(company.pk))
    notify(
        user_ids=owner_ids(company.pk),
        kind=f"company_{outcome}",
        dedupe_key=f"company-decision:{decision.pk}",
        url="/company/",
        company=company.name,
        reason=reason,
        day=f"{until:%Y-%m-%d}" if until else "",
    )
    return decision


def _make_room(company: Company) -> None:
    """Keep at most MOST_LICENCES: the oldest goes once a decision has been taken on it, else the new one waits."""
    list(Company.objects.select_for_update().filter(pk=company.pk).values_list("pk"))
    kept = list(company.evidence.order_by("pk"))
    if len(kept) < MOST_LICENCES:
        return
    oldest = kept[0]
    if not company.decisions.filter(created_at__gte=oldest.created_at).exists():
        raise Invalid(
            "too_many_licences",
            fields={
                "file": [
                    _("There are %(most)d documents already. Wait until staff have decided.")
                    % {"most": MOST_LICENCES}
                ]
            },
        )
    oldest.delete()
    delete_file(oldest.file)


def _recheck(actor: Actor, company: Company, verb: str) -> None:
    """A verified company that changed what was vetted waits for vetting again."""
    if company.status == CompanyStatus.VERIFIED:
        _submit(actor, company, verb)


def _submit(actor: Actor, company: Company, verb: str) -> None:
    before = move(company, CompanyStatus.SUBMITTED, TRANSITIONS, submitted_at=clock.now(), vetted_until=None)
    audit.record(actor=actor, verb=verb, target=company, before=before, after=company.status)
    outbox.put(REACHABILITY_TOPIC, {"company": company.pk}, dedupe_key=str(company.pk))
    notify(
        user_ids=vetting_staff_ids(company.school_id),
        kind="company_submitted",
        dedupe_key=f"company-submitted:{company.pk}:{company.version}",
        url=f"/staff/companies/{company.pk}/",
        company=company.name,
    )


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The known entries, trimmed; Invalid names each that is wrong and why."""
    clean = {field: str(values.get(field, "") or "").strip() for field in FIELDS}
    clean["credit_code"] = clean["credit_code"].upper()
    problems: dict[str, list[Any]] = {}
    for field in FIELDS:
        limit = Company._meta.get_field(field).max_length
        if limit and len(clean[field]) > limit:
            problems[field] = [_("At most %(limit)s characters.") % {"limit": limit}]
    for field in ("name", "industry"):
        if not clean[field]:
            problems[field] = [_("This entry is needed.")]
    if wrong := rules.credit_code_error(clean["credit_code"]):
        problems["credit_code"] = [wrong]
    if clean["contact_phone"] and (wrong := telephone_error(clean["contact_phone"])):
        problems.setdefault("contact_phone", [wrong])
    if clean["size"] not in CompanySize.values:
        problems["size"] = [_("Choose a size from the list.")]
    if not (len(clean["city_code"]) == 6 and clean["city_code"].isdigit()):
        problems["city_code"] = [_("Choose a city from the list.")]
    if clean["website"] and not clean["website"].startswith(("https://", "http://")):
        problems["website"] = [_("A web address begins with https:// or http://.")]
    if problems:
        raise Invalid(fields=problems)
    return clean


def _save_once(company: Company, changed: list[str] | None = None) -> None:
    """Save; a code the school already knows is a field error, not a crash."""
    try:
        with transaction.atomic():
            company.save(update_fields=changed)
    except IntegrityError as error:
        raise Invalid(
            "company_known",
            fields={"credit_code": [_("A company with this code is already registered with this school.")]},
        ) from error


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid(fields={"reason": [_("Give a reason: the company reads it.")]})
    return reason
