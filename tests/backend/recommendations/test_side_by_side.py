"""The fit of positions that are compared: of the student who asks, the same as on each position's own page."""

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM
from backend.positions import comparing
from backend.recommendations import domain
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import detail_for, fits_of
from tests.backend.recommendations.reading import reader
from tests.factories.accounts import MembershipFactory

pytestmark = pytest.mark.usefixtures("frozen_now")


def test_each_fits_as_its_own_page_says(actor, fitting, strange):
    found = fits_of(actor, [strange, fitting])
    assert list(found) == [strange.pk, fitting.pk]
    for position in (fitting, strange):
        alone = detail_for(actor, position)
        assert found[position.pk].percent == alone.percent
        assert found[position.pk].good == alone.good[:3]
        assert found[position.pk].poor == alone.poor[:3]
    assert found[fitting.pk].percent > found[strange.pk].percent
    assert found[fitting.pk].good
    assert found[strange.pk].poor


def test_nobody_else_and_nobody_who_switched_it_off_is_told_a_fit(actor, student, fitting):
    assert fits_of(ANONYMOUS, [fitting]) == fits_of(SYSTEM, [fitting]) == {}
    domain.set_personalised(actor=actor, on=False)
    student.refresh_from_db()
    assert (student.personalised, fits_of(actor, [fitting])) == (False, {})


@pytest.mark.parametrize("number", [1, 3])
def test_three_cost_no_more_queries_than_one(actor, fitting, number, django_assert_num_queries):
    rows = [fitting, fitting, fitting][:number]
    fits_of(actor, rows)
    with django_assert_num_queries(4):
        fits_of(actor, rows)


def test_the_page_asks_and_comparing_is_no_view(student, fitting, strange):
    me = reader(MembershipFactory(of_student=True, student=student, school=student.school))
    answer = me.get("/positions/compare/", {"ids": f"{fitting.pk},{strange.pk}"})
    fits = [column["fit"] for column in answer.context["columns"]]
    assert fits == list(comparing.compare(answer.wsgi_request.actor, [fitting.pk, strange.pk]).fits.values())
    assert f"{fits[0].percent} %" in answer.content.decode()
    assert (Impression.objects.count(), Interaction.objects.count()) == (0, 0)
