"""Static files: hashed names, and gzip beside each; Brotli's best setting costs half a minute at every first start."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Names with the content's hash, compressed with gzip alone."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """A compressor without Brotli."""
        return Compressor(use_brotli=False, **kwargs)
