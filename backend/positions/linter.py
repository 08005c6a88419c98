"""Find what a posting may not say: discriminating or fraudulent terms, each with the rule it breaks.

A pure function over the texts of a posting. HARD findings block submission and publication, SOFT ones advise.
The patterns read Chinese and English; a negation just before a term ("不收取押金") clears it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HARD, SOFT = "hard", "soft"
EMPLOYMENT_LAW = "《就业促进法》"
MARKET_RULES = "《人力资源市场暂行条例》第二十四条"
ONLINE_RULES = "《网络招聘服务管理规定》"
WOMEN_LAW = "《妇女权益保障法》第四十三条"
CONTRACT_LAW = "《劳动合同法》第九条"
PLATFORM_NOTICE = "《关于规范网络平台招聘类信息发布的通知》"
CAMPUS_NOTICE = "教育部高校毕业生就业工作“三严禁”要求"
TEXT_FIELDS = ("title", "duties", "conditions", "place")
WORD_FIELDS = ("skills", "wanted_skills", "certificates")

# "Stainless", "part", "Wuxi", "free" and "in future" begin with a character that also negates: they clear nothing.
_NOT = re.compile(
    r"(?:不(?!锈|限|仅|但|少|断)|无(?!锡|人机|线|尘|损|纺)|没有|未(?!来|满)|免(?!费)|零(?!件|部|配|售|食|星|工|基础)|拒绝|禁止|严禁|勿"
    r"|\bno |\bnot |\bnever |\bwithout |\bfree of )[^。；;,，.\n]{0,8}$",
    re.I,
)


@dataclass(frozen=True)
class Rule:
    """One kind of forbidden term: where it is written down, how grave it is, and what to write instead."""

    code: str
    severity: str
    cites: str
    pattern: re.Pattern[str]
    zh: str
    en: str
    negatable: bool = True


@dataclass(frozen=True)
class Finding:
    """A term found in a field, at [start, end)."""

    field: str
    start: int
    end: int
    term: str
    code: str
    severity: str
    rule: str
    zh: str
    en: str


def _rule(
    code: str, severity: str, cites: str, patterns: Iterable[str], *, zh: str, en: str, negatable: bool = True
) -> Rule:
    return Rule(code, severity, cites, re.compile("|".join(patterns), re.I), zh, en, negatable)


RULES: tuple[Rule, ...] = (
    _rule(
        "sex",
        HARD,
        f"{EMPLOYMENT_LAW}第二十七条；{MARKET_RULES}；{WOMEN_LAW}",
        (
            r"(?:仅限|只限|限|只招|仅招|只要|招)\s*(?:男|女)(?:性|生|士|员工|工)?(?!鞋|装|包|款|童|裤)",
            r"(?:男|女)(?:性|生|士|孩)?\s*(?:优先|为佳)",
            r"(?<!客户以)(?<!顾客以)(?<!客群以)(?<!群体以)(?<!费者以)(?<!用户以)(?:男|女)(?:性|生|士|孩)?\s*为主",
            r"性别\s*(?:要求)?\s*[:：为]\s*(?:男|女)(?!女?不限)(?!\s*[/、或]?\s*女)",
            r"(?:男|女)(?:性|士)?(?:[,，]|\s)*\d{2}\s*[-~—至到]\s*\d{2}\s*(?:周?岁)",
            r"\b(?:fe)?males?\s+(?:only|preferred)\b|\b(?:wo)?men\s+(?:only|preferred)\b",
        ),
        zh="招聘不得限定或优先某一性别，请删去性别条件，写明岗位真正需要的能力。",
        en="A posting may not ask for or prefer one sex. Remove it and say which ability the work needs.",
    ),
    _rule(
        "age",
        SOFT,
        f"{EMPLOYMENT_LAW}第三条；{PLATFORM_NOTICE}",
        (
            r"年龄\s*(?:要求)?\s*[:：]?\s*(?:在)?\s*\d{2}(?:\s*[-~—至到]\s*\d{2})?\s*(?:周?岁)?(?:以下|以上|以内|之间|左右)?",
            r"\d{2}\s*[-~—至到]\s*\d{2}\s*周?岁",
            r"\d{2}\s*周?岁\s*(?:以下|以内|之间)",
            r"\b(?:under|below)\s+(?:the age of\s+)?\d{2}\b(?!\s*(?:%|percent|minutes|days|hours|people|k))|\bage[ds]?\s*(?:limit)?[: ]+\d{2}",
        ),
        zh="年龄限制容易构成就业歧视，除法定年龄外请删去，改写为经验或体力方面的具体要求。",
        en="An age limit is easily discrimination. Unless the law sets it, write the experience the work needs.",
    ),
    _rule(
        "household",
        HARD,
        f"{ONLINE_RULES}；{PLATFORM_NOTICE}",
        (
            r"(?:仅限|只限|限|须|需|必须|要求|具有|具备)\s*[\u4e00-\u9fff]{0,4}?(?:本地|本市|本省|当地|城镇|非农业?|[\u4e00-\u9fff]{2}市?)?(?:户口|户籍)(?!(?:管理|业务|办理|登记|制度))",
            r"(?:本地|本市|当地|城镇|外地)?(?:户口|户籍)\s*(?:优先|者优先|不要|勿扰)",
            r"(?:本地|当地)人\s*(?:优先|勿扰)|外地(?:人)?(?:勿扰|不要)",
            r"\blocal (?:residence permit|hukou|household registration)\b|\bhukou (?:required|only)\b",
        ),
        zh="不得在户籍、地域方面设置限制，请删去户籍条件。",
        en="Household registration or origin may not be a condition. Remove it.",
    ),
    _rule(
        "elite_only",
        HARD,
        CAMPUS_NOTICE,
        (
            r"(?:仅限|只限|限|只招|仅招|必须|须|要求)[^。；;,，\n]{0,6}(?:985|211|双一流|全日制统招)(?:[^。；;,，\n]{0,8}(?:高校|院校|大学|毕业))?",
            r"(?:985|211)[^。；;,，\n优]{0,8}(?:以上|毕业|学历|本科|硕士)(?!.{0,4}优先)",
            r"非\s*(?:985|211|统招|双一流)[^。；;,，\n]{0,4}(?:勿扰|勿投|不考虑)",
            r"\b(?:985|211)[^.;,\n]{0,20}(?:only|required)\b",
        ),
        zh="严禁发布限定985、211等名校的招聘信息，请改写为学历层次和所需能力。",
        en="A posting may not be limited to 985 or 211 universities. Ask for a level of education and abilities.",
    ),
    _rule(
        "elite_preferred",
        SOFT,
        CAMPUS_NOTICE,
        (r"(?:985|211|双一流|名校|一本)[^。；;,，\n]{0,12}优先", r"\b(?:985|211)[^.;,\n]{0,20}preferred\b"),
        zh="以院校层次作优先条件不利于公平就业，建议改写为具体能力。",
        en="Preferring elite universities is unfair to others. Name the abilities instead.",
    ),
    _rule(
        "family",
        HARD,
        f"{WOMEN_LAW}；{EMPLOYMENT_LAW}第二十七条",
        (
            r"(?:已婚已育|未婚未育|已婚|未婚|已育|未育|单身(?!公寓|宿舍))(?:者|女性|人士)?\s*(?:优先|者优先|勿扰|不要|为佳)?",
            r"(?:\d|一|两|二|三|几)\s*年内?\s*(?:不得|不能|不|无)\s*(?:结婚|生育|怀孕|要小孩|生小孩|生孩子)(?:计划|打算)?",
            r"(?:不得|不能|禁止)\s*(?:结婚|生育|怀孕)|(?:孕检|妊娠测试|孕妇勿扰)",
            r"\b(?:un)?married\s+(?:only|preferred)\b|\bsingle\s+(?:only|preferred)\b|\bno plans? to (?:marry|have children)\b",
        ),
        zh="不得询问或限制婚姻、生育状况，请删去。",
        en="Marriage and children may be neither asked about nor limited. Remove it.",
        negatable=False,
    ),
    _rule(
        "hepatitis_b",
        HARD,
        f"{EMPLOYMENT_LAW}第三十条；《就业服务与就业管理规定》第十九条",
        (
            r"(?:无|没有|非|不得有|拒绝)?\s*(?:乙肝|乙型肝炎|大三阳|小三阳|两对半|HBsAg|hbv)(?:携带者?|病毒|患者|检测|检查|项目)?",
            r"\bhepatitis\s*b\b",
        ),
        zh="不得以携带乙肝病原体为由拒绝录用，也不得要求乙肝检测，请删去。",
        en="Hepatitis B carriers may not be refused, nor tested for it. Remove it.",
        negatable=False,
    ),
    _rule(
        "belief",
        HARD,
        MARKET_RULES,
        (
            r"(?:仅限|只限|限|只招)\s*汉族|(?:少数民族|信教者?|有宗教信仰者?)\s*(?:勿扰|不要|除外)|汉族\s*优先",
            r"\bhan (?:chinese )?only\b",
        ),
        zh="不得含有民族、宗教信仰方面的歧视性内容，请删去。",
        en="Ethnicity and belief may not be conditions. Remove it.",
    ),
    _rule(
        "deposit",
        HARD,
        f"{CONTRACT_LAW}；{MARKET_RULES}",
        (
            r"(?:缴纳|交纳|收取|支付|预交|缴|交|付|收)\s*[\d,一二三四五六七八九十百千万]*\s*元?(?:的)?\s*(?:入职|上岗|服装|工装|岗位)?\s*(?:押金|保证金|风险金|抵押金|担保金)",
            r"(?:入职|上岗|服装|工装|工牌)\s*(?:押金|保证金)",
            r"(?:押金|风险抵押金)\s*[:：]?\s*\d+",
            r"(?:扣押|抵押|收取|上交|留存)\s*(?:身份证|毕业证|学历证|证件)(?:原件)?",
            r"\b(?:pay|paid|requires?|refundable)\s+(?:a\s+|an\s+)?(?:\w+\s+)?deposit\b",
        ),
        zh="不得要求担保、收取押金或扣押证件，请删去。",
        en="Asking for a deposit, a guarantee or papers to keep is forbidden. Remove it.",
    ),
    _rule(
        "training_loan",
        HARD,
        PLATFORM_NOTICE,
        (
            r"培训贷|招转培|(?:贷款|分期)[^。；;,，\n]{0,4}(?:培训|学费)|(?:培训|学费)[^。；;,，\n]{0,6}(?:贷款|分期|可贷)",
            r"(?:先|边)[^。；;,，\n]{0,3}(?:学|培训)[^。；;,，\n]{0,4}后\s*付款?|包就业[^。；;,，\n]{0,6}学费",
            r"\btraining loans?\b|\b(?:loan|instal?lments?) for (?:the )?(?:training|tuition)\b",
        ),
        zh="严禁“招转培”“培训贷”，请删去，并停止此类做法。",
        en="Training loans in the guise of a job are forbidden. Remove it.",
    ),
    _rule(
        "fee",
        HARD,
        f"{CONTRACT_LAW}；{MARKET_RULES}",
        (
            r"(?:缴纳|交纳|收取|支付|预交|自费|自付|缴|交|付|收)\s*[\d,一二三四五六七八九十百千万]*\s*元?(?:的)?\s*(?:报名|培训|服装|工装|资料|建档|中介|介绍|办证|面试|岗前|入职)\s*费",
            r"(?:报名|培训|服装|资料|建档|中介|面试)费\s*[:：]?\s*(?:\d+|自理|自付|自费|从工资(?:中)?扣除)",
            r"\b(?:pay|charges?|paid)\s+(?:an?\s+|the\s+)?(?:\w+\s+)?(?:application|registration|training|uniform|placement)\s+fees?\b",
        ),
        zh="不得以任何名义向求职者收取费用，请删去。",
        en="No fee may be taken from applicants under any name. Remove it.",
    ),
    _rule(
        "puffery",
        SOFT,
        f"{PLATFORM_NOTICE}；{MARKET_RULES}",
        (r"月入过万不是梦|轻松月入|日赚|躺赚|高薪诱惑|包过|保录|内部名额", r"\bget rich\b|\beasy money\b"),
        zh="招聘信息应当真实，不得以高薪、保录等噱头宣传。",
        en="A posting must be truthful; drop the promise.",
    ),
)


def lint(fields: Mapping[str, str]) -> list[Finding]:
    """Every finding in these texts, in the order of fields and places; one per place, the gravest first."""
    return [finding for field, text in fields.items() if text for finding in _lint_text(field, text)]


def blocking(findings: Iterable[Finding]) -> list[Finding]:
    """Those that block submission."""
    return [finding for finding in findings if finding.severity == HARD]


def texts_of(position: object) -> dict[str, str]:
    """The texts of a position that are read."""
    words = {field: "\n".join(map(str, getattr(position, field))) for field in WORD_FIELDS}
    return {field: str(getattr(position, field) or "") for field in TEXT_FIELDS} | words


def _lint_text(field: str, text: str) -> list[Finding]:
    found = [
        Finding(
            field,
            match.start(),
            match.end(),
            match.group().strip(),
            rule.code,
            rule.severity,
            rule.cites,
            rule.zh,
            rule.en,
        )
        for rule in RULES
        for match in rule.pattern.finditer(text)
        if not (rule.negatable and _NOT.search(text[max(0, match.start() - 14) : match.start()]))
    ]
    found.sort(key=lambda finding: (finding.start, finding.severity != HARD, -finding.end))
    kept: list[Finding] = []
    for finding in found:
        if not any(finding.start < other.end and other.start < finding.end for other in kept):
            kept.append(finding)
    return kept
