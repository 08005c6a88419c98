"""Addresses of the pages' files: found once, and anew when the files were collected again."""

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from backend.web.templatetags.web import icon


@pytest.fixture
def sprite(settings, tmp_path):
    """The sprite of icons alone, in a folder of its own."""
    folder = tmp_path / "source" / "web"
    folder.mkdir(parents=True)
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [folder.parent], tmp_path / "static"
    hashed = {"BACKEND": "backend.web.storage.HashedStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": hashed}
    return folder / "icons.svg"


def collect() -> str:
    call_command("collectstatic", interactive=False, verbosity=0)
    return staticfiles_storage.url("web/icons.svg")


def test_an_address_names_the_content_and_is_found_once(sprite, settings):
    sprite.write_text("<svg></svg>")
    address = collect()
    assert (settings.STATIC_ROOT / address.removeprefix("/static/")).read_text() == "<svg></svg>"
    staticfiles_storage.hashed_files.clear()
    assert staticfiles_storage.url("web/icons.svg") == address
    assert f'<use href="{address}#star">' in icon("star")
    with pytest.raises(ValueError, match="nowhere"):
        staticfiles_storage.url("web/nowhere.svg")


def test_what_was_collected_again_has_another_address(sprite):
    sprite.write_text("<svg></svg>")
    first = collect()
    sprite.write_text("<svg><g/></svg>")
    assert collect() != first
