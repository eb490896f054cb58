"""Archives as agents pack them."""

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
