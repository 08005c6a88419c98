"""The door without network: a real browser tells codes true from false, keeps the scans, and merges them afterwards."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import ROOT, Demo

pytestmark = pytest.mark.browser
CODES = """
import json
from fairs import codes
from fairs.models import Fair
fair = Fair.objects.get(status="live")
rows = fair.registrations.filter(check_in__isnull=True).order_by("-pk").values_list("pk", flat=True)[:3]
own = [codes.Code(fair.pk, pk) for pk in rows]
print(json.dumps([
    fair.pk,
    codes.check_in_code(fair.school_id, own[0]),
    codes.short_code(own[1]),
    codes.check_in_code(fair.school_id + 1, own[2]),
]))
"""


def _codes(demo: Demo) -> list:
    """The live fair; a signed and a short code of two registered students; a code another school signed."""
    asked = [sys.executable, "manage.py", "shell", "-v", "0", "-c", CODES]
    env = os.environ | {"DATA_DIR": str(demo.folder)}
    done = subprocess.run(asked, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def _scan(page: Page, code: str) -> None:
    page.fill("#code", code)
    page.press("#code", "Enter")


def test_the_scanner_works_without_network_and_merges_once(visitor: Callable[..., Page], demo: Demo) -> None:
    fair, signed, short, forged = _codes(demo)
    page = visitor("staff", width=390)
    page.goto(f"/staff/fairs/{fair}/scan/")
    expect(page.locator("html[data-scanner=kept]")).to_be_attached()
    before = int(page.inner_text("#count"))

    page.context.set_offline(True)
    page.reload()
    said, queue = page.locator("#said"), page.locator("#queue")
    for code in (signed.lower(), short):
        _scan(page, code)
        expect(said).to_have_text("签到码有效，已保存在本机，联网后自动上传。")
        _scan(page, code)
        expect(said).to_contain_text("此前已签到。")
    _scan(page, forged)
    expect(said).to_have_text("签到码未经学校签名，可能是伪造的或已损坏。")
    expect(queue).to_have_text("本机尚未上传的扫码记录： 2")

    page.context.set_offline(False)
    expect(queue).to_have_text("本机扫码记录已全部上传。", timeout=8_000)
    page.reload()
    expect(page.locator("#count")).to_have_text(str(before + 2))
