"""What is asked for and what is there, by hand over the whole range."""

import numpy as np
import pytest

from matching.features.arrays import Pairs
from matching.features.registry import extract
from matching.types import EDUCATION_LEVELS
from tests.matching.builders import position, student


def value(name, one, other):
    found = extract(Pairs([student(**one)], [position(**other)]), [name])[0, 0, 0]
    return None if np.isnan(found) else pytest.approx(float(found), abs=1e-12)


@pytest.mark.parametrize(
    ("held", "levels", "asked", "covered"),
    [
        ((), (), ("Python",), 0.0),
        (("Python",), (), ("Python",), 1.0),
        (("Python",), (), ("Python", "SQL"), 1 / 2),
        (("Python",), (), ("Python", "SQL", "Linux"), 1 / 3),
        (("Python", "Go"), (), ("Python",), 1.0),
        # One skill in other words: case, space, aliases; asked for twice it counts once.
        ((" PYTHON3 ",), (), ("python",), 1.0),
        (("电焊",), (), ("焊接", "welding", "SQL"), 1 / 2),
        (("machine  learning",), (), ("机器学习",), 1.0),
        # A skill told with a level alone is held too, whatever the level.
        ((), (("SQL", 0),), ("sql",), 1.0),
        ((), (("SQL", 3),), ("sql", "Go"), 1 / 2),
        # Blanks ask for nothing.
        (("Python",), (), (" ", ""), None),
        (("Python",), (), (), None),
        ((" ",), (), (" ", "Go"), 0.0),
    ],
)
def test_skills_covered(held, levels, asked, covered):
    one, other = {"skills": held, "skill_levels": levels}, {"skills": asked}

    assert value("skills_covered", one, other) == covered


@pytest.mark.parametrize("count", range(8))
def test_skills_shared_grows_by_a_fifth_each_up_to_five(count):
    asked = tuple(f"skill {n}" for n in range(8))

    assert value("skills_shared", {"skills": asked[:count]}, {"skills": asked}) == min(count / 5, 1.0)


@pytest.mark.parametrize("asked", [1, 2, 3])
@pytest.mark.parametrize("held", [None, 0, 1, 2, 3, 4])
def test_a_level_held_counts_as_its_share_of_the_level_asked(held, asked):
    """Below 1 and beyond 3 there are no levels; what is not told is none."""
    own = () if held is None else (("焊接", held),)
    expected = 0.0 if held is None else min(min(max(held, 1), 3) / asked, 1.0)

    assert value("skills_level", {"skill_levels": own}, {"skill_levels": (("电焊", asked),)}) == expected


@pytest.mark.parametrize(
    ("skills", "levels", "asked", "expected"),
    [
        # Known without a level is level 1, and never lowers a level told.
        (("SQL",), (), (("SQL", 2),), 1 / 2),
        (("SQL",), (("sql", 3),), (("SQL", 3),), 1.0),
        # The mean over what is asked.
        ((), (("SQL", 2), ("Go", 1)), (("SQL", 2), ("golang", 2)), 3 / 4),
        ((), (("SQL", 2),), (("SQL", 2), ("Go", 3), ("Excel", 1)), 1 / 3),
        # Asked for twice: the higher level counts.
        ((), (("SQL", 1),), (("SQL", 1), ("sql语言", 2)), 1 / 2),
        ((), (("SQL", 1), ("sql", 2)), (("SQL", 2),), 1.0),
        (("SQL",), (), (), None),
        (("SQL",), (), ((" ", 3),), None),
    ],
)
def test_skills_level_is_the_mean_over_what_is_asked(skills, levels, asked, expected):
    one = {"skills": skills, "skill_levels": levels}

    assert value("skills_level", one, {"skill_levels": asked}) == expected


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        ((), ("Go",), 0.0),
        (("golang",), ("Go",), 1.0),
        (("Go",), ("Go", "SQL", "Excel", "Word"), 1 / 4),
        (("Go",), (), None),
        (("Go",), ("  ",), None),
    ],
)
def test_skills_wanted_counts_what_is_nice_to_have_alone(held, wanted, expected):
    other = {"wanted_skills": wanted, "skills": ("Python",)}

    assert value("skills_wanted", {"skills": held}, other) == expected


@pytest.mark.parametrize(
    ("held", "taught", "asked", "expected"),
    [
        ((), ("SQL",), ("SQL", "Go"), 1 / 2),
        (("Go",), ("SQL",), ("SQL", "Go"), 1.0),
        (("SQL",), ("sql语言",), ("SQL", "Go"), 1 / 2),
        ((), ("Excel",), ("SQL",), 0.0),
        # Not known what is taught is not the same as nothing taught of what is asked.
        (("SQL",), (), ("SQL",), None),
        (("SQL",), (" ",), ("SQL",), None),
        ((), ("SQL",), (), None),
    ],
)
def test_skills_taught_counts_the_major_beside_the_person(held, taught, asked, expected):
    one = {"skills": held, "taught_skills": taught}

    assert value("skills_taught", one, {"skills": asked}) == expected


@pytest.mark.parametrize(
    ("major", "code", "asked", "expected"),
    [
        ("软件技术", "510203", ("软件技术",), 1.0),
        ("软件技术", "510203", ("510203",), 1.0),
        ("软件技术", "510203", ("会计", " 软件技术 "), 1.0),
        ("Software", "", ("SOFTWARE",), 1.0),
        ("软件技术", "510203", ("5102",), 0.0),
        ("软件技术", "510203", ("软件",), 0.0),
        ("", "510203", ("510203",), 1.0),
        ("软件技术", "", ("510203",), 0.0),
        ("", "", ("软件技术",), None),
        ("  ", "", ("软件技术",), None),
        ("软件技术", "510203", (), None),
        ("软件技术", "510203", ("", " "), None),
    ],
)
def test_major_by_name_or_code_whole(major, code, asked, expected):
    assert value("major", {"major": major, "major_code": code}, {"majors": asked}) == expected


@pytest.mark.parametrize(
    ("code", "asked", "expected"),
    [
        (" 510203 ", ("510203",), 1.0),
        ("510203", ("5199", "5102"), 1.0),
        ("510203", ("51",), 0.5),
        ("51", ("510203",), 0.5),
        ("51", ("51",), 1.0),
        ("510203", ("520203", "530203"), 0.0),
        ("510203", ("510299", "530203"), 1.0),
        # Names have no family, and no code is a prefix of nothing.
        ("510203", ("软件技术", "5102"), 1.0),
        ("510203", ("软件技术", "3D 打印"), None),
        ("", ("51",), None),
        (" ", ("51",), None),
    ],
)
def test_major_family_by_the_digits_of_the_code(code, asked, expected):
    assert value("major_family", {"major_code": code}, {"majors": asked}) == expected


@pytest.mark.parametrize("asked", range(6))
@pytest.mark.parametrize("held", range(6))
def test_every_level_of_education_against_every_other(held, asked):
    worth = {0: 1.0, 1: 0.4, 2: 0.2, 3: 0.0, 4: 0.0, 5: 0.0}
    one, other = {"education": EDUCATION_LEVELS[held]}, {"education": EDUCATION_LEVELS[asked]}

    assert value("education", one, other) == worth[max(asked - held, 0)]


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        ("", "any", 1.0),
        ("unheard of", "", 1.0),
        ("doctor", "unheard of", 1.0),
        ("unheard of", "associate", 0.2),
    ],
)
def test_a_level_nobody_knows_is_the_lowest(held, asked, expected):
    assert value("education", {"education": held}, {"education": asked}) == expected


@pytest.mark.parametrize(
    ("held", "named", "skills", "expected"),
    [
        (("电工证",), ("电工证",), ("Python",), 1.0),
        ((" CAD ",), ("cad", "电工证"), (), 1 / 2),
        (("A", "B"), ("a", "b", "c"), (), 2 / 3),
        ((), ("电工证",), ("Python",), 0.0),
        # A certificate named twice is one.
        (("CAD",), ("CAD", "cad "), (), 1.0),
        # None named: one among the skills asked is enough.
        (("python",), (), ("Python", "SQL"), 1.0),
        (("Python", "SQL"), (), ("Python", "SQL"), 1.0),
        (("CAD",), (), ("Python",), 0.0),
        (("python",), (" ",), ("Python",), 1.0),
        # Where some are named, skills are no certificates.
        (("python",), ("电工证",), ("Python",), 0.0),
        (("CAD",), (), (), None),
        ((), ("",), (" ",), None),
    ],
)
def test_certificates_named_or_else_among_the_skills(held, named, skills, expected):
    other = {"certificates": named, "skills": skills}

    assert value("certificates", {"certificates": held}, other) == expected


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        (0, 0, 1.0),
        (0, 1, 0.0),
        (1, 1, 1.0),
        (5, 12, 5 / 12),
        (11, 12, 11 / 12),
        (12, 12, 1.0),
        (240, 12, 1.0),
        (0, 240, 0.0),
    ],
)
def test_experience_is_the_share_of_the_months_asked(held, asked, expected):
    assert value("experience", {"experience_months": held}, {"experience_months": asked}) == expected
