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


def complain(error):
    """Tell of what can't be read, and go on."""
    print(f"skipped {error.filename}: {error.strerror}", file=sys.stderr)


def files_below(folder):
    """Path and size of each plain file; links are left out, because deleting one frees nothing."""
    for parent, _, names in os.walk(folder, onerror=complain):
        for name in names:
            path = os.path.join(parent, name)
            try:
                if os.path.isfile(path) and not os.path.islink(path):
                    yield path, os.path.getsize(path)
            except OSError as error:
                complain(error)


def duplicates(folder):
    """Groups of paths with equal content; only files of the same size are read at all."""
    by_size = defaultdict(list)
    for path, size in files_below(folder):
        by_size[size].append(path)
    for size in sorted(by_size, reverse=True):
        if len(by_size[size]) == 1:
            continue
        by_digest = defaultdict(list)
        for path in by_size[size]:
            try:
                by_digest[digest_of(path)].append(path)
            except OSError as error:
                complain(error)
        yield from (sorted(paths) for paths in by_digest.values() if len(paths) > 1)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: dupes.py FOLDER")
    for group in duplicates(sys.argv[1]):
        print("\n".join(group), end="\n\n")
