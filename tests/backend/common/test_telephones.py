"""Which telephone numbers are taken: as people write them, in both languages of the refusal."""

import pytest
from django.utils import translation

from backend.common.telephones import telephone_error

TAKEN = {
    "a mobile": ["13912345678", "19900001111", "10012345678"],
    "with gaps": ["139 1234 5678", "139-1234-5678", " 13912345678 ", "139\u30001234\u30005678"],
    "full width": ["１３９１２３４５６７８", "＋８６１３９１２３４５６７８"],
    "with the code of the country": ["+8613912345678", "+86 139 1234 5678", "+86-512-12345678", "+86 (0)512 1234567"],
    "a landline": ["010-12345678", "(021) 12345678", "0512-12345678", "05121234567", "0998 1234567"],
    "an extension": ["0512-12345678-123", "0512-1234567转8", "010-12345678 ext. 42", "021-12345678x9"],
    "a service number": ["400-123-4567", "8001234567", "+86 400 123 4567"],
    "abroad": ["+1 202 555 0123", "+44 (0)20 7946 0958", "+852 1234 5678", "+49.30.123456", "+1234567"],
}  # fmt: skip
REFUSED = {
    "nothing": ["", "   ", "-", "+"],
    "a digit short or long": ["1391234567", "139123456789", "+86 1391234567", "+86139123456789"],
    "a few digits": ["1", "110", "12345678"],
    "a landline without its area": ["12345678", "5512-12345678"],
    "a wrong area": ["00123456789", "0151-12345678", "0112-12345678"],
    "words": ["王敏", "139l2345678", "call me", "13912345678 (王敏)", "a@example.org"],
    "two numbers": ["13912345678、13912345679", "13912345678 / 13912345679"],
    "abroad": ["+0 123 456 789", "+123456", "+1234567890123456", "++1 202 555 0123", "202-555-0123"],
    "an extension of a mobile": ["13912345678-123", "13912345678转1"],
    "an extension too long": ["0512-12345678-1234567", "0512-12345678转"],
    "other digits": ["١٣٩١٢٣٤٥٦٧٨", "139१2345678"],
    "more than a column holds": ["139" + "-" * 20 + "12345678", "1" * 31],
    "a line break": ["13912345678\n<script>"],
}


def cases(table):
    return [
        pytest.param(number, id=f"{kind}: {number}") for kind, numbers in table.items() for number in numbers
    ]


@pytest.mark.parametrize("number", cases(TAKEN))
def test_a_number_that_can_be_called_is_taken(number):
    assert telephone_error(number) is None


@pytest.mark.parametrize("number", cases(REFUSED))
def test_what_is_none_is_refused(number):
    assert telephone_error(number) is not None


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "This is no telephone number: write the 11 digits of a mobile, a landline with its area code, "
            "or + and the code of the country.",
        ),
        (
            "zh-hans",
            "这不是有效的电话号码：手机号写 11 位数字，固定电话写上区号，境外号码以 + 和国家或地区代码开头。",
        ),
    ],
)
def test_the_refusal_says_how_to_write_one(language, sentence):
    error = telephone_error("1")
    with translation.override(language):
        assert str(error) == sentence
