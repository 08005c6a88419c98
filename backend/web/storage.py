"""Static files: hashed names, and gzip beside each; Brotli's best setting costs half a minute at every first start."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Names with the content's hash, compressed with gzip alone; the addresses of pages' files are found once.

    A page of matches names the sprite of icons 190 times, which was a ninth of its cost. The manifest that the addresses
    come from is read once per process, too.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file, its hash in it."""
        if name is None or force:
            return super().url(name, force)
        if name not in self._addresses:
            self._addresses[name] = super().url(name)
        return self._addresses[name]

    def save_manifest(self) -> None:
        """Files were collected: their addresses may be others now."""
        super().save_manifest()
        self._addresses.clear()

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """A compressor without Brotli."""
        return Compressor(use_brotli=False, **kwargs)
