"""What a real pair reads for every feature: where it fits, where it does not, and where nothing is known."""

from datetime import date

import pytest

from matching import api
from matching.features.registry import REGISTRY
from tests.matching.builders import position, student

DAY = date(2026, 5, 1)
# Feature: what fits as (student, position), what does not, what leaves it open, and the sentences of the first two.
CASES = {
    "occupation": (
        ({}, {}),
        ({"wanted_occupations": ("6-18-01-01",)}, {}),
        ({"wanted_occupations": ()}, {}),
        ("职业与求职意向相近", "The occupation is close to what is wanted"),
        ("职业与求职意向相差较远", "The occupation is far from what is wanted"),
    ),
    "major_occupation": (
        ({"major_occupations": ("2-02-10-09",)}, {}),
        ({"major_occupations": ("4-01-02-03",)}, {}),
        ({}, {}),
        ("职业属于该专业的就业方向", "The major leads to this occupation"),
        ("职业不在该专业的就业方向内", "The major leads elsewhere"),
    ),
    "past_occupation": (
        ({"past_occupations": ("2-02-10-09",)}, {}),
        ({"past_occupations": ("2-09-10-03",)}, {}),
        ({}, {}),
        ("与以往做过的工作相近", "The work is close to what was done before"),
        ("与以往做过的工作不同", "The work differs from what was done before"),
    ),
    "title_similarity": (
        ({"text": "Python 程序员"}, {}),
        ({"text": "护理病人"}, {}),
        ({"text": ""}, {}),
        ("简历内容与职位名称相符", "The resume speaks of the title"),
        ("简历很少提到该职位名称", "The resume hardly speaks of the title"),
    ),
    "text_similarity": (
        ({"text": "编写 Python 程序"}, {}),
        ({"text": "护理病人"}, {}),
        ({}, {"text": "男性，22岁"}),
        ("简历与职位描述相似", "Resume and description are alike"),
        ("简历与职位描述相似度低", "Resume and description differ"),
    ),
    "headline_similarity": (
        ({"headlines": ("会计", "Python 程序员")}, {}),
        ({"headlines": ("会计",)}, {}),
        ({"headlines": ("女",)}, {}),
        ("职位名称与求职方向一致", "The title matches work held or wanted"),
        ("职位名称与求职方向不一致", "The title matches no work held or wanted"),
    ),
    "meaning": (
        ({"text": "Python 程序员"}, {}),
        ({"text": "护理病人"}, {}),
        ({}, {"title": ""}),
        ("简历与职位在含义上相近", "Resume and title mean similar work"),
        ("简历与职位在含义上相差较远", "Resume and title mean different work"),
    ),
    "headline_meaning": (
        ({"headlines": ("Python 程序员",)}, {}),
        ({"headlines": ("会计",)}, {}),
        ({}, {}),
        ("职位与求职方向含义相近", "The title means work held or wanted"),
        ("职位与求职方向含义相差较远", "The title means other work than held or wanted"),
    ),
    "skills_covered": (
        ({"skills": ("python", "linux系统")}, {}),
        ({"skills": ("SQL",)}, {}),
        ({}, {"skills": ()}),
        ("掌握了多数要求的技能", "Most of the skills asked are there"),
        ("缺少多数要求的技能", "Most of the skills asked are missing"),
    ),
    "skills_shared": (
        ({"skills": ("a", "b", "c")}, {"skills": ("a", "b", "c")}),
        ({"skills": ("a", "b")}, {"skills": ("a", "b", "c")}),
        ({}, {"skills": ()}),
        ("有多项共同技能", "Several skills are shared"),
        ("共同技能较少", "Few skills are shared"),
    ),
    "skills_level": (
        ({"skill_levels": (("SQL", 3),)}, {"skill_levels": (("SQL", 3),)}),
        ({"skill_levels": (("SQL", 1),)}, {"skill_levels": (("SQL", 3),)}),
        ({}, {}),
        ("技能水平达到要求", "The level of skill asked for is reached"),
        ("技能水平未达到要求", "The level of skill asked for is not reached"),
    ),
    "skills_wanted": (
        ({}, {"wanted_skills": ("SQL",)}),
        ({}, {"wanted_skills": ("Go",)}),
        ({}, {}),
        ("具备公司希望的加分技能", "Skills that are nice to have are there"),
        ("没有公司希望的加分技能", "Skills that are nice to have are missing"),
    ),
    "skills_taught": (
        ({"taught_skills": ("Linux",)}, {}),
        ({"skills": (), "taught_skills": ("SQL",)}, {}),
        ({}, {}),
        ("要求的技能多数会或学过", "Most of the skills asked are held or taught by the major"),
        ("要求的技能多数没学过", "Most of the skills asked are not taught by the major"),
    ),
    "major": (
        ({}, {}),
        ({}, {"majors": ("会计",)}),
        ({}, {"majors": ()}),
        ("专业符合要求", "The major is asked for"),
        ("专业不在要求之列", "The major is not among those asked for"),
    ),
    "major_family": (
        ({}, {"majors": ("510299",)}),
        ({}, {"majors": ("530302",)}),
        ({}, {}),
        ("专业类别相近", "The field of study is close"),
        ("专业类别不同", "The field of study is another"),
    ),
    "education": (
        ({"education": "bachelor"}, {}),
        ({}, {}),
        None,
        ("学历达到要求", "The education asked for is met"),
        ("学历未达到要求", "The education asked for is not met"),
    ),
    "certificates": (
        ({}, {"certificates": ("英语四级",)}),
        ({}, {"certificates": ("电工证",)}),
        ({}, {"skills": ()}),
        ("持有职位看重的证书", "A certificate the position names is held"),
        ("没有职位点名的证书", "No certificate the position names is held"),
    ),
    "experience": (
        ({"experience_months": 24}, {}),
        ({"experience_months": 0}, {}),
        None,
        ("经验满足要求", "The experience asked for is there"),
        ("经验不足", "Experience falls short"),
    ),
    "place": (
        ({}, {"district": "420106"}),
        ({}, {"city_code": "110000"}),
        ({}, {"city_code": ""}),
        ("工作地点符合意向", "The place is wanted"),
        ("工作地点不在意向之内", "The place is not wanted"),
    ),
    "commute": (
        ({"based_in": "420106"}, {}),
        ({"based_in": "110101"}, {}),
        ({}, {}),
        ("通勤较近", "The way to work is short"),
        ("通勤较远", "The way to work is long"),
    ),
    "kind": (
        ({}, {}),
        ({}, {"kind": "internship"}),
        ({"wanted_kinds": ()}, {}),
        ("职位类型符合意向", "The kind of work is wanted"),
        ("职位类型不在意向之内", "The kind of work is not wanted"),
    ),
    "salary": (
        ({}, {}),
        ({"salary_floor": 20000}, {}),
        ({"salary_floor": None}, {}),
        ("薪资达到期望", "The pay reaches the wish"),
        ("薪资低于期望", "The pay is below the wish"),
    ),
    "salary_sure": (
        ({"salary_floor": 5000}, {}),
        ({"salary_floor": 20000}, {}),
        ({}, {"salary_min": None}),
        ("起薪达到期望", "The lowest pay already reaches the wish"),
        ("起薪低于期望", "The lowest pay is below the wish"),
    ),
    "salary_overlap": (
        ({"salary_hope": 6000}, {}),
        ({"salary_hope": 9000}, {}),
        ({}, {}),
        ("薪资范围够得着理想薪资", "The range of pay reaches what is hoped for"),
        ("薪资范围够不着理想薪资", "The range of pay stays below what is hoped for"),
    ),
    "availability": (
        ({}, {}),
        ({"available_from": date(2026, 12, 1)}, {}),
        ({"available_from": None}, {}),
        ("能按时到岗", "The start date can be met"),
        ("到岗时间较晚", "Available only after the start"),
    ),
    "competition": (
        ({}, {"applicants": 1}),
        ({}, {"applicants": 40}),
        ({}, {"openings": 0}),
        ("申请人数相对较少", "Few have applied per opening"),
        ("申请人数较多", "Many have applied per opening"),
    ),
    "freshness": (
        ({}, {}),
        ({}, {"published_on": date(2026, 2, 1)}),
        ({}, {"published_on": None}),
        ("职位发布不久", "The position was published lately"),
        ("职位发布已久", "The position was published long ago"),
    ),
    "responsiveness": (
        ({}, {"response_rate": 0.9}),
        ({}, {"response_rate": 0.1}),
        ({}, {}),
        ("公司通常及时回应申请", "The company usually answers applications in time"),
        ("公司较少及时回应申请", "The company seldom answers applications in time"),
    ),
    "mutual_interest": (
        ({"noticed_by": (4,), "follows": (4,)}, {"company_id": 4}),
        ({}, {"company_id": 4}),
        ({}, {}),
        ("双方已有关注或联系", "One side has already turned to the other"),
        ("双方尚无联系", "Neither side has turned to the other yet"),
    ),
}  # fmt: skip


def reason(name, case):
    one, other = case
    return next(
        r for r in api.explain(student(**one), position(**other), on=DAY).reasons if r.feature == name
    )


def test_every_feature_has_its_cases():
    assert set(CASES) == set(REGISTRY)


@pytest.mark.parametrize("name", CASES)
def test_what_fits_is_said_so_and_counts_for_it(name):
    fits, _, _, words, _ = CASES[name]
    found = reason(name, fits)

    assert (found.zh, found.en) == words
    assert found.contribution > 0


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_fit_is_said_so_and_counts_against_it(name):
    _, poor, _, _, words = CASES[name]
    found = reason(name, poor)

    assert (found.zh, found.en) == words
    assert found.contribution < 0


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[2]])
def test_what_is_not_known_is_said_so_and_counts_for_nothing(name):
    found = reason(name, CASES[name][2])
    zh, en = REGISTRY[name].label

    assert (found.zh, found.en) == (f"{zh}：资料不足，按中性计", f"{en}: not given, counted as neutral")
    assert found.contribution == 0.0


def test_no_two_features_are_called_alike():
    for words in ("label", "good", "poor"):
        for language in (0, 1):
            said = [getattr(one, words)[language] for one in REGISTRY.values()]
            assert len(set(said)) == len(said)


@pytest.mark.parametrize("name", CASES)
def test_chinese_sentences_are_chinese_and_english_ones_english(name):
    known = REGISTRY[name]
    for zh, en in (known.label, known.good, known.poor, known.words(float("nan"))):
        assert not [mark for mark in zh if mark.isascii()]
        assert en.isascii()
        assert en[0].isupper()
        assert not en.endswith(".")
