"""Import a file: upload, preview, run. Every row is stored or reported: total = stored + rejected.

Companies the school does not know yet are made from the file, unvetted: nothing of them is public. Positions wait in
review. Staff who answer for a file may say so (`verified_by`): then its new companies count as vetted by them, and
postings that say all the law asks for and pass the linter are published; the others wait in review with the reason.
"""

import csv
import io
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.accounts.actor import Actor, actor_of
from backend.accounts.enums import Role
from backend.audit import domain as audit
from backend.common import clock, outbox
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.spreadsheets import Line, read_table
from backend.companies.domain import VALIDITY
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company, VettingDecision
from backend.companies.queries import reachable
from backend.positions import linter
from backend.positions.domain import end_of
from backend.positions.enums import PositionStatus
from backend.positions.imports.cells import RESIDUAL, Posting, Refused, read_posting
from backend.positions.imports.columns import cleaned_mapping, guess_mapping
from backend.positions.indexing import look_again
from backend.positions.models import Position, PositionImport
from backend.schools.models import Occupation

TOPIC = "positions.import"
SOURCE = "import"
CHUNK = 1000
VALID_FOR = timedelta(days=90)
Progress = Callable[[int], None]


@dataclass
class Outcome:
    """What became of the rows."""

    total: int = 0
    stored: int = 0
    published: int = 0
    companies: int = 0
    rejected: list[tuple[int, str, str, str]] = field(default_factory=list)


def can_import(actor: Actor) -> bool:
    """Staff of a whole school, and the operator."""
    return actor.role == Role.OPERATOR or (actor.role == Role.STAFF and actor.department_id is None)


def imports_visible_to(actor: Actor) -> QuerySet[PositionImport]:
    """Imports of the person's own school; all for the operator."""
    rows = PositionImport.objects.select_related("school")
    if actor.role == Role.OPERATOR:
        return rows
    return rows.filter(school_id=actor.school_id) if can_import(actor) else rows.none()


@transaction.atomic
def upload_import(*, actor: Actor, school_id: int, file: UploadedFile) -> PositionImport:
    """Keep a file and guess its columns; nothing is read into positions yet."""
    if not can_import(actor) or (actor.role == Role.STAFF and school_id != actor.school_id):
        raise NotAllowed()
    headers = read_table(file)[0]
    row = PositionImport(
        school_id=school_id,
        original_name=str(file.name)[-120:],
        mapping=guess_mapping(headers),
        created_by_id=actor.user_id,
    )
    file.seek(0)
    row.file.save(uuid.uuid4().hex, file, save=True)
    audit.record(actor=actor, verb="position_import.uploaded", target=row)
    return row


@transaction.atomic
def start_import(*, actor: Actor, import_id: int, mapping: dict[str, str]) -> PositionImport:
    """Have a looked-at file read by the worker, with the columns the person confirmed."""
    row = imports_visible_to(actor).filter(pk=import_id).first()
    if row is None:
        raise NotFound()
    headers, _lines = first_lines(row)
    chosen = cleaned_mapping(mapping, headers)
    if not {"title", "company"} <= set(chosen):
        raise Invalid("columns_missing", gettext_lazy("Say which columns hold the title and the company."))
    waiting = PositionImport.objects.filter(pk=row.pk, status=PositionImport.Status.PREVIEW)
    if not waiting.update(status=PositionImport.Status.QUEUED, mapping=chosen, updated_at=clock.now()):
        raise Conflict()
    audit.record(actor=actor, verb="position_import.started", target=row)
    outbox.put(TOPIC, {"import": row.pk}, dedupe_key=str(row.pk))
    row.refresh_from_db()
    return row


def first_lines(row: PositionImport, count: int = 20) -> tuple[list[str], list[Line]]:
    """The headers and the first rows of a kept file."""
    with row.file.open() as file:
        headers, lines = read_table(file)
        first = list(islice(lines, count))
        # The reader lets go of the file here, before it is closed.
        del lines
        return headers, first


def school_of(payload: dict[str, Any]) -> int | None:
    """The school whose file it is."""
    return PositionImport.objects.filter(pk=payload.get("import")).values_list("school_id", flat=True).first()


def handle(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: read the queued files. A repeat finds the rows stored, by their keys."""
    for payload in payloads:
        row = PositionImport.objects.get(pk=payload["import"])
        if row.status in (PositionImport.Status.QUEUED, PositionImport.Status.RUNNING):
            run_import(row)


def run_import(row: PositionImport) -> Outcome:
    """Read a kept file to its end and write the report of refused rows."""
    PositionImport.objects.filter(pk=row.pk).update(status=PositionImport.Status.RUNNING)
    actor = actor_of(row.created_by)

    def progress(done: int) -> None:
        PositionImport.objects.filter(pk=row.pk).update(total=done)

    try:
        with row.file.open() as file:
            outcome = import_table(
                actor=actor, school_id=row.school_id, file=file, mapping=row.mapping, progress=progress
            )
    except Invalid as error:
        PositionImport.objects.filter(pk=row.pk).update(
            status=PositionImport.Status.FAILED, error=error.text[:300]
        )
        return Outcome()
    row.refresh_from_db()
    row.report.save(f"{uuid.uuid4().hex}.csv", ContentFile(report_of(outcome)), save=False)
    row.status = PositionImport.Status.DONE
    row.total, row.stored, row.published = outcome.total, outcome.stored, outcome.published
    row.rejected = len(outcome.rejected)
    row.save()
    audit.record(actor=actor, verb="position_import.done", target=row, data={"stored": outcome.stored})
    return outcome


def import_table(
    *,
    actor: Actor,
    school_id: int,
    file: Any,
    mapping: dict[str, str] | None = None,
    verified_by: Actor | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Read every row of a table into positions, a chunk per transaction."""
    headers, lines = read_table(file)
    # A run that is refused lets go of the file at once, not when its traceback is collected.
    with closing(lines):  # type: ignore[type-var]
        chosen = mapping or guess_mapping(headers)
        if not {"title", "company"} <= set(chosen):
            raise Invalid(
                "columns_missing", gettext_lazy("Say which columns hold the title and the company.")
            )
        places = {name: headers.index(header) for name, header in chosen.items()}
        outcome = Outcome()
        importer = _Importer(actor, school_id, verified_by, outcome)
        for chunk in _chunks(lines):
            importer.store([(line.number, {name: line[at] for name, at in places.items()}) for line in chunk])
            if progress:
                progress(outcome.total)
    return outcome


def report_of(outcome: Outcome) -> bytes:
    """The refused rows as a csv that spreadsheets open: row, title, company, reason."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_("Row"), _("Title"), _("Company"), _("Reason")])
    for number, *cells in outcome.rejected:
        writer.writerow(
            [number, *(f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in cells)]
        )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _chunks(lines: Iterator[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class _Importer:
    """One run: knows the companies and keys it has met."""

    def __init__(self, actor: Actor, school_id: int, verified_by: Actor | None, outcome: Outcome) -> None:
        self.actor, self.school_id, self.verified_by, self.outcome = actor, school_id, verified_by, outcome
        self.companies: dict[str, Company] = {}
        for row in sorted(Company.objects.filter(school_id=school_id), key=_preferred):
            self._know(row)
        self.seen: dict[str, int] = {}
        self.occupations = set(Occupation.objects.values_list("code", flat=True))
        if RESIDUAL not in self.occupations:
            raise Invalid(
                "reference_missing", gettext_lazy("Load the national codes first: manage.py load_reference.")
            )

    def _know(self, company: Company) -> None:
        self.companies[company.name.lower()] = company
        if company.credit_code:
            self.companies[company.credit_code] = company

    def _company_of(self, posting: Posting) -> Company | None:
        """The company a posting is of: by its code where both have one, else by its name."""
        if posting.credit_code in self.companies:
            return self.companies[posting.credit_code]
        named = self.companies.get(posting.company.lower())
        if named is not None and posting.credit_code and named.credit_code:
            return None  # the same name, another code: another company
        return named

    def store(self, rows: list[tuple[int, dict[str, str]]]) -> None:
        """Store one chunk in one transaction."""
        self.outcome.total += len(rows)
        readable = [pair for pair in (self._read(number, cells) for number, cells in rows) if pair]
        with transaction.atomic():
            fresh = self._without_known(readable)
            self._make_companies(fresh)
            trusted = self._trusted(fresh)
            positions = [self._position(posting, trusted) for _number, posting in fresh]
            Position.objects.bulk_create(positions, batch_size=500)
            published = [row.pk for row in positions if row.status == PositionStatus.PUBLISHED]
            look_again(published)
            self.outcome.stored += len(positions)
            self.outcome.published += len(published)

    def _read(self, number: int, cells: dict[str, str]) -> tuple[int, Posting] | None:
        try:
            posting = read_posting(cells)
        except Refused as refusal:
            self._reject(number, cells.get("title", ""), cells.get("company", ""), str(refusal))
            return None
        if (first := self.seen.setdefault(posting.key, number)) != number:
            self._reject(
                number, posting.title, posting.company, _("The same as row %(row)s.") % {"row": first}
            )
            return None
        return number, posting

    def _reject(self, number: int, title: str, company: str, reason: str) -> None:
        self.outcome.rejected.append((number, title[:80], company[:80], reason))

    def _without_known(self, rows: list[tuple[int, Posting]]) -> list[tuple[int, Posting]]:
        keys = [posting.key for _number, posting in rows]
        known = set(
            Position.objects.filter(company__school_id=self.school_id, source_key__in=keys).values_list(
                "source_key", flat=True
            )
        )
        for number, posting in rows:
            if posting.key in known:
                self._reject(number, posting.title, posting.company, _("Imported before."))
        return [pair for pair in rows if pair[1].key not in known]

    def _make_companies(self, rows: list[tuple[int, Posting]]) -> None:
        """Companies the school does not know; vetted only where somebody answers for the file."""
        wanted = _by_company(posting for _number, posting in rows if self._company_of(posting) is None)
        until = clock.now() + VALIDITY
        made = [
            Company(
                school_id=self.school_id,
                name=posting.company,
                credit_code=posting.credit_code,
                industry=posting.industry,
                size=posting.company_size,
                city_code=posting.city_code,
                source=SOURCE,
                status=CompanyStatus.VERIFIED if self.verified_by else CompanyStatus.DRAFT,
                vetted_until=until if self.verified_by else None,
            )
            for posting in wanted
        ]
        Company.objects.bulk_create(made, batch_size=500)
        if self.verified_by:
            VettingDecision.objects.bulk_create(
                [
                    VettingDecision(
                        company=row,
                        outcome=CompanyStatus.VERIFIED,
                        reason=_("Vetted with the imported file."),
                        decided_by_id=self.verified_by.user_id,
                        valid_until=until,
                    )
                    for row in made
                ],
                batch_size=500,
            )
        self.outcome.companies += len(made)
        for row in made:
            self._know(row)

    def _trusted(self, rows: list[tuple[int, Posting]]) -> set[int]:
        """Companies whose postings may be published: reachable ones, when somebody answers for the file."""
        if self.verified_by is None:
            return set()
        ids = {company.pk for _number, posting in rows if (company := self._company_of(posting))}
        return set(Company.objects.filter(reachable(), pk__in=ids).values_list("pk", flat=True))

    def _position(self, posting: Posting, trusted: set[int]) -> Position:
        company = self._company_of(posting)
        assert company is not None  # _make_companies made what was missing
        code = posting.occupation_code if posting.occupation_code in self.occupations else RESIDUAL
        deadline = clock.today() + VALID_FOR
        row = Position(
            company=company,
            title=posting.title,
            kind=posting.kind,
            occupation_id=code,
            openings=posting.openings,
            duties=posting.duties,
            conditions=posting.conditions,
            education=posting.education,
            skills=list(posting.skills),
            wanted_skills=list(posting.wanted_skills),
            certificates=list(posting.certificates),
            starts_on=posting.starts_on,
            experience_months=posting.experience_months,
            city_code=posting.city_code,
            district_code=posting.district_code,
            place=posting.place,
            salary_min=posting.salary.low,
            salary_max=posting.salary.high,
            salary_months=posting.salary.months,
            deadline=deadline,
            source=SOURCE,
            source_key=posting.key,
            status=PositionStatus.IN_REVIEW,
        )
        row.review_reason = _held_back(row)
        if company.pk in trusted and not row.review_reason:
            row.status = PositionStatus.PUBLISHED
            row.published_at, row.expires_at = clock.now(), end_of(deadline)
        return row


def _by_company(postings: Iterable[Posting]) -> list[Posting]:
    """One posting of each company: by its code, and by its name where no posting of that name has a code."""
    coded: dict[str, Posting] = {}
    named: dict[str, Posting] = {}
    for posting in postings:
        if posting.credit_code:
            coded.setdefault(posting.credit_code, posting)
        else:
            named.setdefault(posting.company.lower(), posting)
    names = {posting.company.lower() for posting in coded.values()}
    return [*coded.values(), *(posting for name, posting in named.items() if name not in names)]


def _preferred(company: Company) -> tuple[bool, int]:
    """Of several rows with one name the last is taken: one the company itself registered and staff have verified."""
    registered = company.source != SOURCE and company.status == CompanyStatus.VERIFIED
    return registered, -company.pk


def _held_back(row: Position) -> str:
    """Why staff have to look at an imported posting before it can be public; empty when it says all it must."""
    reasons = []
    if not row.duties:
        reasons.append(_("no duties"))
    if not row.conditions:
        reasons.append(_("no conditions"))
    if row.salary_min is None:
        reasons.append(_("no basic pay"))
    terms = [finding.term for finding in linter.blocking(linter.lint(linter.texts_of(row)))]
    if terms:
        reasons.append(_("forbidden terms: %(terms)s") % {"terms": "、".join(dict.fromkeys(terms))[:200]})
    return _("Imported: %(reasons)s") % {"reasons": "；".join(reasons)} if reasons else ""


def path_of(name: str) -> Path:
    """The file a command was given; Invalid where there is none."""
    path = Path(name)
    if not path.is_file():
        raise Invalid("file_missing", gettext_lazy("There is no such file."))
    return path
