"""Which column holds what, by the headers people use in Chinese and English."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

FIELDS = {
    "title": _("Title"),
    "company": _("Company"),
    "credit_code": _("Unified social credit code"),
    "salary": _("Basic pay"),
    "city": _("City"),
    "district": _("District or address"),
    "education": _("Education asked for"),
    "experience": _("Experience"),
    "description": _("Duties"),
    "conditions": _("Working conditions and requirements"),
    "skills": _("Skills"),
    "wanted_skills": _("Skills that are nice to have"),
    "certificates": _("Certificates asked for"),
    "starts_on": _("First day of work"),
    "welfare": _("Benefits"),
    "openings": _("Openings"),
    "kind": _("Kind of work"),
    "industry": _("Industry"),
    "company_size": _("Company size"),
}
HEADERS: dict[str, str] = {
    "title": "title jobtitle position positiontitle job 岗位名称 职位名称 岗位 职位 职位名 招聘岗位",
    "company": "company companyname employer 企业名称 公司名称 公司 企业 单位名称 用人单位",
    "credit_code": "creditcode unifiedsocialcreditcode uscc 统一社会信用代码 社会信用代码 信用代码 企业信用代码",
    "salary": "salary wage pay 薪资 薪酬 工资 月薪 薪资待遇 薪资范围",
    "city": "city location workcity 城市 工作城市 工作地点 地点 所在地",
    "district": "district area address place 行政区域 区域 地址 工作地址 详细地址",
    "education": "education diploma diplomarequirement degree 学历 学历要求 最低学历",
    "experience": "experience workexperience 经验 工作经验 工作年限 经验要求",
    "description": "description jobdescription duties responsibilities 工作简介 岗位职责 职位描述 岗位描述 工作内容",
    "conditions": "conditions requirements minimumqualifications qualifications 任职要求 岗位要求 职位要求 任职资格",
    "skills": "skills skilltags tags keywords 岗位标签 技能 技能要求 标签 技能标签",
    "wanted_skills": "wantedskills nicetohave skillsthatarenicetohave preferredskills 加分技能 优先技能 加分项",
    "certificates": "certificates certificate certificatesaskedfor 证书 证书要求 资格证书 职业资格证书",
    "starts_on": "startson startdate firstdayofwork 到岗时间 到岗日期 入职时间 入职日期 上岗日期",
    "welfare": "welfare benefits companytags 福利 福利待遇 公司福利",
    "openings": "openings headcount vacancies 招募人数 招聘人数 人数 需求人数",
    "kind": "kind jobtype type employmenttype 工作类型 职位类型 岗位类型 用工类型",
    "industry": "industry companyindustry 行业业务 行业 所属行业 公司行业",
    "company_size": "size companysize companyscale scale 企业人数规模 公司规模 企业规模 规模",
}
_FIELD_OF = {word: field for field, words in HEADERS.items() for word in words.split()}


def guess_mapping(headers: Sequence[str]) -> dict[str, str]:
    """{field: header} for the headers that are known; the first of several wins."""
    found: dict[str, str] = {}
    for header in headers:
        field = _FIELD_OF.get(_plain(header))
        if field and field not in found:
            found[field] = header
    return found


def cleaned_mapping(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, str]:
    """What of a chosen mapping names a field of ours and a column of the file."""
    return {field: header for field, header in mapping.items() if field in FIELDS and header in headers}


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-（）()：:]", "", unicodedata.normalize("NFKC", header).lower())
