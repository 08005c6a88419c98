"""The gate's verdict, which a card and a run keep in English, in the reader's language."""

import re

from django.utils.translation import gettext_lazy as _

from backend.recommendations.interfaces.groups import Called, named
from backend.recommendations.queries.words import chinese

SENTENCES = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"withdrawn", _("taken back")),
        (r"given up", _("given up: it did not end within two hours")),
        (r"synthetic proxy, not people", _("learnt from made-up people, not from real ones")),
        (
            r"(?P<people>\d+) held-out people, at least (?P<least>\d+) needed",
            _("%(people)s people kept back, at least %(least)s needed"),
        ),
        (
            r"beats the weighted rules on (?P<people>\d+) held-out people: "
            r"AUC (?P<gain>\S+), 95 % interval (?P<low>\S+) to (?P<high>\S+)",
            _(
                "better than the weighted rules on %(people)s people kept back: AUC %(gain)s (%(low)s to %(high)s)"
            ),
        ),
        (
            r"does not beat the weighted rules on (?P<people>\d+) held-out people: "
            r"AUC (?P<gain>\S+), 95 % interval (?P<low>\S+) to (?P<high>\S+)",
            _(
                "not surely better than the weighted rules on %(people)s people kept back: "
                "AUC %(gain)s (%(low)s to %(high)s)"
            ),
        ),
        (
            r"worse than the model that serves: AUC (?P<gain>\S+)",
            _("worse than the model in service: AUC %(gain)s"),
        ),
        (r"worse than the rules for (?P<groups>.+)", _("worse than the weighted rules for %(groups)s")),
        (
            r"worse than the model that serves for (?P<groups>.+)",
            _("worse than the model in service for %(groups)s"),
        ),
        (
            r"impact ratio under (?P<least>\S+) and under that of the rules for (?P<groups>.+)",
            _("impact ratio under %(least)s and under that of the weighted rules for %(groups)s"),
        ),
        (r"(?P<model>\S+) was accepted meanwhile", _("%(model)s came into service meanwhile")),
        (
            r"impact ratio (?P<ratio>\S+), at least (?P<least>\S+) needed",
            _("impact ratio %(ratio)s, at least %(least)s needed"),
        ),
        (r"(?P<showings>\d+) showings read", _("%(showings)s lists read")),
        (
            r"(?P<showings>\d+) showings of (?P<people>\d+) people teach something",
            _("%(showings)s lists of %(people)s people teach something"),
        ),
        (
            r"fitted on (?P<showings>\d+) showings, fading of attention (?P<fading>\S+)",
            _("fitted on %(showings)s lists (fading of attention %(fading)s), now judged"),
        ),
        (r"(?P<model>\S+) learnt from people", _("%(model)s has learnt from real people and stays")),
    )
)


def verdict(reason: str, called: Called = str) -> tuple[str, bool]:
    """The sentences of a verdict, and whether all are known; what is not, such as an error, stays as it is."""
    parts = reason.replace("not people: ", "not people; ").split("; ")
    told = [words for part in parts if (words := _told(part, called))]
    if len(told) < len(parts):
        return reason, False
    return ("；" if chinese() else "; ").join(told), True


def _told(part: str, called: Called) -> str | None:
    for pattern, words in SENTENCES:
        if found := pattern.fullmatch(part):
            values = found.groupdict()
            if "groups" in values:
                values["groups"] = _groups(values["groups"], called)
            return str(words) % values
    return None


def _groups(listed: str, called: Called) -> str:
    """ "education: bachelor, department: 7 and 2 more" in words, or "other groups (2)" where none may be named."""
    if others := re.fullmatch(r"other groups \((\d+)\)", listed):
        return _("other groups (%(count)s)") % {"count": others[1]}
    found = re.fullmatch(r"(.+?)(?: and (\d+) more)?", listed)
    names = [named(name, called) for name in found[1].split(", ")]
    if found[2]:
        names.append(_("%(more)s more") % {"more": found[2]})
    return ("、" if chinese() else ", ").join(map(str, names))
