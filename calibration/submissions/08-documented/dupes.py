"""Report files of equal content below a folder, largest first."""

import hashlib
import os
import sys
from collections import defaultdict

CHUNK_BYTES = 1024 * 1024


def digest_of(path):
    """SHA-256 of a file, read in chunks so that large files need little memory."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def files_below(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(parent, name)


def duplicates(folder):
    """Groups of paths with equal content; only files of the same size are read at all."""
    by_size = defaultdict(list)
    for path in files_below(folder):
        by_size[os.path.getsize(path)].append(path)
    for size in sorted(by_size, reverse=True):
        if len(by_size[size]) == 1:
            continue
        by_digest = defaultdict(list)
        for path in by_size[size]:
            by_digest[digest_of(path)].append(path)
        yield from (sorted(paths) for paths in by_digest.values() if len(paths) > 1)


if __name__ == "__main__":
    for group in duplicates(sys.argv[1]):
        print("\n".join(group), end="\n\n")
