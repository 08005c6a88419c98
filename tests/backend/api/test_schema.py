"""The schema is valid, silent, names refusals and keys; its page keeps the strict CSP."""

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from backend.api.idempotency import idempotent
from backend.api.schema import EdgeSchema
from backend.api.views import ApiView


@pytest.fixture
def schema(settings) -> dict:
    """The schema of the small endpoints."""
    settings.ROOT_URLCONF = "tests.backend.api.endpoints"
    return SchemaGenerator(urlconf="tests.backend.api.endpoints").get_schema(request=None, public=True)


def test_the_schema_is_valid_and_3_1(schema):
    validate_schema(schema)
    assert schema["openapi"] == "3.1.0"


def test_refusals_are_named_with_the_one_body(schema):
    (path,) = [path for path in schema["paths"] if path.endswith("public/")]
    post = schema["paths"][path]["post"]
    assert set(post["responses"]) == {"200", "400", "401", "403", "404", "409", "415", "422", "429"}
    reference = post["responses"]["409"]["content"]["application/json"]["schema"]["$ref"]
    body = schema["components"]["schemas"][reference.rsplit("/", 1)[1]]
    assert set(body["properties"]) == {"error", "message", "params", "fields"}
    assert body["required"] == ["error", "message", "params"]


def test_the_idempotency_key_is_named_where_it_is_honoured(schema):
    def headers(suffix: str, method: str) -> list[str]:
        (path,) = [path for path in schema["paths"] if path.endswith(suffix)]
        return [p["name"] for p in schema["paths"][path][method].get("parameters", []) if p["in"] == "header"]

    assert headers("public/", "post") == ["Idempotency-Key"]
    assert headers("public/", "get") == []
    assert headers("staff/", "post") == []


def test_the_schema_and_its_page_are_served(settings):
    settings.ROOT_URLCONF = "tests.backend.api.endpoints"
    client = Client()
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in text
    assert text.count("<script src=") == text.count("<script") == 3
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")


def test_every_endpoint_shares_the_edge():
    assert isinstance(ApiView.schema, EdgeSchema)
    assert idempotent(lambda view, request: None).idempotent is True
