"""Staff keep groups of words that mean the same; every change counts in each process within two seconds."""

import unicodedata
import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.wording import queries
from backend.wording.models import (
    LONGEST_KEY,
    LONGEST_WORD,
    MOST_WORDS,
    SynonymGroup,
    SynonymStamp,
    SynonymWord,
)
from backend.wording.rules import can_change_group, can_keep_synonyms, scope_of
from search import api
from search.terms import LONGEST_SYNONYM, MOST_PIECES
from search.text import is_chinese

MOST_GROUPS = 500


def save_group(*, actor: Actor, words: Iterable[str], group_id: int | None = None) -> SynonymGroup:
    """Add a group of one's school (the operator: of the installation), or change the words of the one named.

    Invalid names the word that cannot stand and why; Conflict when somebody else took it meanwhile.
    """
    if not can_keep_synonyms(actor):
        raise NotAllowed()
    try:
        with transaction.atomic():
            group = SynonymGroup(school_id=scope_of(actor)) if group_id is None else _own(actor, group_id)
            _room_for(group)
            keys = keys_of(words)
            _free(group, keys)
            before, group.words = group.words.replace("\n", "、"), "\n".join(keys.values())
            group.save()
            group.keys.all().delete()
            SynonymWord.objects.bulk_create(
                SynonymWord(group=group, school_id=group.school_id, place=place, key=key)
                for place, key in enumerate(keys)
            )
            _note(actor, group, "synonyms.changed" if group_id else "synonyms.added", before=before)
    except IntegrityError as error:
        raise Conflict() from error
    return group


@transaction.atomic
def switch_group(*, actor: Actor, group_id: int, active: bool) -> SynonymGroup:
    """Let a group count or not; its words stay its own. Switching to what is so already changes nothing."""
    group = _own(actor, group_id)
    changed = SynonymGroup.objects.filter(pk=group.pk, active=not active).update(active=active)
    group.active = active
    if changed:
        _note(actor, group, "synonyms.switched_on" if active else "synonyms.switched_off")
    return group


def keys_of(words: Iterable[str]) -> dict[str, str]:
    """What the words are looked up as -> the words as written; Invalid (field `words`) names what is wrong with which."""
    found: dict[str, str] = {}
    problems = []
    for written in words:
        word = " ".join(unicodedata.normalize("NFC", written).split())
        key = api.synonym_key(word)
        if wrong := _wrong(word, key):
            problems.append(wrong % {"word": word[:LONGEST_WORD]})
        elif key in found:
            problems.append(
                _("“%(word)s” and “%(other)s” are the same to the search.")
                % {"word": word, "other": found[key]}
            )
        else:
            found[key] = word
    if not problems and len(found) < 2:
        problems.append(_("A group needs at least two words."))
    if not problems and len(found) > MOST_WORDS:
        problems.append(_("A group holds at most %(most)d words.") % {"most": MOST_WORDS})
    if problems:
        raise Invalid(fields={"words": problems})
    return found


def _wrong(word: str, key: str):
    """The sentence about a word that cannot be looked up; None where it can."""
    cut = key.split()
    if not cut:
        return _("“%(word)s” holds nothing that can be searched for.")
    if len(word) > LONGEST_WORD or len(key) > LONGEST_KEY:
        return _("“%(word)s” is longer than 40 characters.")
    if len(cut) > MOST_PIECES or any(is_chinese(piece) and len(piece) > LONGEST_SYNONYM for piece in cut):
        return _("“%(word)s” is too long: at most four words, and twelve Chinese characters in a row.")
    if len(cut) == 1 and is_chinese(key) and len(key) == 1:
        return _("“%(word)s” is a single character, which stands in too many other words.")
    return None


def _own(actor: Actor, group_id: int) -> SynonymGroup:
    """The group, held until the transaction ends: somebody may switch it while its words are changed."""
    rows = queries.groups_visible_to(actor).select_for_update(of=("self",))
    group = rows.filter(pk=group_id).first()
    if group is None:
        raise NotFound()
    if not can_change_group(actor, group):
        raise NotAllowed()
    return group


def _room_for(group: SynonymGroup) -> None:
    if group.pk is None and SynonymGroup.objects.filter(school_id=group.school_id).count() >= MOST_GROUPS:
        raise Invalid(
            fields={
                "words": [
                    _("There are %(most)d groups, which is the most. Change one of them.")
                    % {"most": MOST_GROUPS}
                ]
            }
        )


def _free(group: SynonymGroup, keys: dict[str, str]) -> None:
    """Whether no other group of the same school, in use or not, holds one of the words."""
    taken = (
        SynonymWord.objects.filter(school_id=group.school_id, key__in=keys)
        .exclude(group_id=group.pk)
        .select_related("group")
        .order_by("place", "pk")
    )
    sentence = _("“%(word)s” already stands in the group “%(group)s”. Add the other words there.")
    if problems := [sentence % {"word": keys[row.key], "group": str(row.group)} for row in taken]:
        raise Invalid(fields={"words": problems})


def _note(actor: Actor, group: SynonymGroup, verb: str, *, before: str = "") -> None:
    """The trail and the stamp, in the same transaction; this process reads anew at once, the others within two seconds."""
    words = {"words": str(group)} | ({"before": before} if before else {})
    record(actor=actor, verb=verb, target=group, data=words)
    SynonymStamp.objects.update_or_create(pk=1, defaults={"stamp": uuid.uuid4().hex})
    queries.forget()
    transaction.on_commit(queries.forget)
