"""`Idempotency-Key` on creating POSTs: same key and body, same answer; another body, 422 (rule 13).

The key is inserted in the transaction of the work. A repeat that arrives meanwhile waits for the unique index
(PostgreSQL) or for BEGIN IMMEDIATE (SQLite) and then reads the answer; a crash leaves neither work nor key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.models import IdempotencyKey
from backend.common import clock
from backend.common.errors import Invalid

HEADER = "Idempotency-Key"
KEEP = timedelta(hours=48)
SHAPE = re.compile(r"[\x21-\x7e]{1,80}")


def idempotent(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Decorate `post` or `create` of a view. Who is not signed in has no keys: the header is ignored."""

    @wraps(handler)
    def answer_once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None or not request.user.is_authenticated:
            return handler(view, request, *args, **kwargs)
        if not SHAPE.fullmatch(key):
            raise Invalid(
                "bad_idempotency_key", _("An idempotency key has 1 to 80 visible ASCII characters.")
            )
        with transaction.atomic():
            return _first_or_repeat(lambda: handler(view, request, *args, **kwargs), request, key)

    answer_once.idempotent = True
    return answer_once


def forget_old_keys() -> int:
    """Drop keys after KEEP; run by the worker."""
    return IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEEP).delete()[0]


def _first_or_repeat(work: Callable[[], Response], request: Request, key: str) -> Response:
    route = f"{request.method} {request.path}"[:200]
    digest = _digest(request.data)
    row, first = IdempotencyKey.objects.get_or_create(
        user_id=request.user.pk,
        key=key,
        defaults={"route": route, "digest": digest, "created_at": clock.now()},
    )
    if not first:
        if (row.route, row.digest) != (route, digest):
            raise Invalid("idempotency_key_reused", _("This idempotency key was used for another request."))
        return Response(row.body, status=row.status, headers={"Idempotent-Replay": "true"})
    response = work()
    body = json.loads(JSONRenderer().render(response.data)) if response.data is not None else None
    IdempotencyKey.objects.filter(pk=row.pk).update(status=response.status_code, body=body)
    return response


def _digest(data: Any) -> str:
    """One digest for equal bodies, whatever the order of their fields; files count by content."""
    pairs = sorted(data.lists()) if hasattr(data, "lists") else data
    return hashlib.sha256(json.dumps(pairs, sort_keys=True, default=_of_file).encode()).hexdigest()


def _of_file(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return str(value)
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return [value.name, content.hexdigest()]
