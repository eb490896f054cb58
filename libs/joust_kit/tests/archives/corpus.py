"""Archives by what is wrong with them, each with the flaw or the code by which it is to be refused; and odd ones
in which nothing is wrong. All are made here, from the format's own description (PKWARE APPNOTE 6.3)."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from joust_kit.archives.errors import Flaw
from libs.joust_kit.tests.archives.zips import (
    DEFLATED,
    DESCRIPTION,
    DESCRIPTOR,
    FOLDER,
    LINK,
    MAX_32,
    MD,
    STORED,
    UTF8,
    File,
    Zip,
    deflated,
    extra,
    right_descriptor,
)

Make = Callable[[], bytes]
NAMES, TOO_LARGE, MISSING, NO_ARCHIVE = (
    "VALIDATION_ERROR",
    "FILE_TOO_LARGE",
    "MISSING_SUBMISSION_MD",
    "UNSUPPORTED_FILE_TYPE",
)


def named(name: str | bytes, **fields: object) -> Make:
    return lambda: bytes(Zip.of(File(name, **fields)))  # type: ignore[arg-type]


def whole(*files: File, **options: object) -> Make:
    return lambda: bytes(Zip.of(*files, **options))  # type: ignore[arg-type]


def zeros(count: int) -> bytes:
    return deflated(b"\0" * count)


def quoted_bomb() -> bytes:
    """The bytes of one file begin with the header of the next, which so belongs to both."""
    inner = File("inner", b"y" * 50, STORED)
    inner_bytes = bytes(Zip((inner,)))[: 30 + 5 + 50]
    outer = File("outer", inner_bytes, STORED)
    at_outer = 30 + len(b"SUBMISSION.md") + len(MD.body())
    at_inner = at_outer + 30 + len(b"outer")
    made = Zip.of(outer, File("inner", b"y" * 50, STORED, at=at_inner, packed=b"y" * 50))
    body = bytes(made)
    # The directory lists ``inner`` within ``outer``; the third body is cut out.
    third = 30 + 5 + 50
    directory_at = at_outer + 30 + 5 + len(inner_bytes)
    rest = body[directory_at + third :]
    end = struct.unpack("<4s4H2LH", rest[-22:])
    return body[:directory_at] + rest[:-22] + struct.pack("<4s4H2LH", *end[:6], directory_at, 0)


def same_body_twice() -> bytes:
    """The directory lists one body under one name and again, at the same place, under another."""
    at = 30 + len(b"SUBMISSION.md") + len(MD.body())
    return bytes(Zip.of(File("a.txt", b"shared" * 100), File("b.txt", b"shared" * 100, at=at)))


def many(count: int) -> Make:
    """So many empty files, as a tool would write them."""

    def make() -> bytes:
        body = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 6, 0)
        head = struct.pack("<4s6H3L5H", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 6, 0, 0, 0, 0)
        names = [f"{number:06x}".encode() for number in range(count)]
        local = b"".join(body + name for name in names)
        directory = b"".join(
            head + struct.pack("<2L", 0, 36 * place) + name for place, name in enumerate(names)
        )
        at = len(local)
        wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), at)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at + len(directory), 1)
        shown = min(count, 0xFFFF)
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, shown, shown, len(directory), at, 0)
        return local + directory + wide + locator + end

    return make


def few_told_of_many() -> bytes:
    """The end says three files and the directory has a hundred thousand."""
    made = bytearray(many(100_000)())
    end = len(made) - 22
    wide = end - 20 - 56
    struct.pack_into("<2Q", made, wide + 24, 3, 3)
    struct.pack_into("<2H", made, end + 8, 3, 3)
    return bytes(made)


def two_ends() -> bytes:
    """A comment that holds another whole end of a directory, so that readers differ."""
    plain = bytes(Zip.of(File("a")))
    return bytes(Zip.of(File("a"), comment=plain[-22:]))


def signature_in_comment() -> bytes:
    return bytes(Zip.of(File("a"), comment=b"PK\x05\x06 is how an end begins"))


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


def with_byte_flipped(place: int) -> Make:
    def make() -> bytes:
        made = bytearray(bytes(Zip.of(File("a.txt", b"hello " * 100, STORED))))
        made[made.index(b"hello") + place] ^= 0xFF
        return bytes(made)

    return make


def by_zipfile(**options: object) -> Make:
    """As Python writes it."""

    def make() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", **options) as archive:  # type: ignore[call-overload]
            archive.writestr("SUBMISSION.md", DESCRIPTION)
            archive.mkdir("src") if hasattr(archive, "mkdir") else archive.writestr("src/", b"")
            with archive.open("src/main.py", "w", force_zip64=True) as file:
                file.write(b"print(1)")
        return out.getvalue()

    return make


class _Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def as_a_stream() -> bytes:
    """As Python writes it where it can't go back: sizes follow behind."""
    out = _Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SUBMISSION.md", DESCRIPTION)
        archive.writestr("main.py", b"print(1)" * 1000)
    return out.getvalue()


def zip64_entry(central: bytes, **fields: object) -> Make:
    wide = File("big.bin", b"z" * 10, STORED, packed_bytes=MAX_32, unpacked_bytes=MAX_32, **fields)  # type: ignore[arg-type]
    return lambda: bytes(Zip.of(File(**{**wide.__dict__, "central_extra": central})))


BAD: dict[str, tuple[Make, Flaw | str]] = {
    "nothing at all": (lambda: b"", NO_ARCHIVE),
    "text": (lambda: b"I would use pandas for this.", NO_ARCHIVE),
    "a gzip": (lambda: b"\x1f\x8b\x08\0" + b"\0" * 100, NO_ARCHIVE),
    "a tar": (tar, NO_ARCHIVE),
    "a program that unpacks itself": (whole(File("a"), before=b"MZ" + b"\0" * 500), Flaw.FOREIGN_BYTES),
    "an image before the archive": (
        whole(File("a"), before=b"\x89PNG\r\n\x1a\n" + b"\0" * 99),
        Flaw.FOREIGN_BYTES,
    ),
    "a page behind the archive": (whole(File("a"), after=b"<script>alert(1)</script>"), Flaw.TRUNCATED),
    "bytes between the files": (whole(File("a"), between=b"hidden"), Flaw.FOREIGN_BYTES),
    "bytes behind a deflated file": (
        named("a", content=b"x", packed=deflated(b"x") + b"hidden"),
        Flaw.FOREIGN_BYTES,
    ),
    "cut in its directory": (lambda: bytes(Zip.of(File("a")))[:-30], Flaw.TRUNCATED),
    "cut in its files": (lambda: bytes(Zip.of(File("a", b"x" * 999)))[:60], Flaw.TRUNCATED),
    "only its beginning": (lambda: b"PK\x03\x04", Flaw.TRUNCATED),
    "only its end": (lambda: struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 400, 0, 0), Flaw.TRUNCATED),
    "two ends": (two_ends, Flaw.AMBIGUOUS),
    "the signature of an end in its comment": (signature_in_comment, Flaw.AMBIGUOUS),
    "two sizes of zip64": (lambda: few_told_of_many()[:-4] + b"\x07\0\0\0", Flaw.AMBIGUOUS),
    "on two disks": (whole(File("a"), end={"disk": 1}), Flaw.MANY_DISKS),
    "a file on another disk": (named("a", disk=1), Flaw.MANY_DISKS),
    "on two disks by zip64": (whole(File("a"), zip64=True, end={"disks": 2}), Flaw.MANY_DISKS),
    "fewer files here than in all": (whole(File("a"), end={"here": 1}), Flaw.MANY_DISKS),
    "more files told than there are": (whole(File("a"), end={"count": 5}), Flaw.BROKEN_DIRECTORY),
    "fewer files told than there are": (whole(File("a"), end={"count": 1}), Flaw.BROKEN_DIRECTORY),
    "three files told of 100,000": (few_told_of_many, Flaw.BROKEN_DIRECTORY),
    "10,001 files": (many(10_001), Flaw.TOO_MANY_FILES),
    "1,000,000 files": (many(1_000_000), Flaw.TOO_MANY_FILES),
    "a directory of long comments": (
        whole(*(File(f"{number}", comment=b"c" * 65_000) for number in range(130))),
        Flaw.DIRECTORY_TOO_LARGE,
    ),
    "an extra field that is too long": (named("a", central_extra=b"\x01\0\xff\0"), Flaw.BROKEN_DIRECTORY),
    "a zip64 field that is too short": (zip64_entry(extra(1, b"\x0a" + b"\0" * 7)), Flaw.BROKEN_DIRECTORY),
    "a parent folder": (named("../up.py"), NAMES),
    "a parent folder within": (named("a/../../up.py"), NAMES),
    "an absolute path": (named("/etc/passwd"), NAMES),
    "a drive": (named("C:/Windows/win.ini"), NAMES),
    "backslashes": (named("..\\up.py"), NAMES),
    "a share": (named("\\\\host\\share"), NAMES),
    "a NUL in a name": (named(b"a.py\0.png"), NAMES),
    "a line break in a name": (named("a\nb"), NAMES),
    "a name that reads backwards": (named("exe.\u202egpj"), NAMES),
    "an empty name": (named(b""), NAMES),
    "a dot": (named("./a"), NAMES),
    "two slashes": (named("a//b"), NAMES),
    "a name of 4 kB": (named("x" * 4096), NAMES),
    "10,000 folders deep": (named("d/" * 10_000 + "f"), NAMES),
    "a folder that leaves": (named("../../", content=b"", method=STORED, mode=FOLDER), NAMES),
    "two names that differ in capitals": (whole(File("Main.py"), File("main.py")), NAMES),
    "two names that differ in Unicode's form": (whole(File("\u00e9"), File("e\u0301")), NAMES),
    "a file as a folder": (whole(File("a"), File("a/b")), NAMES),
    "a file as a folder of its own": (whole(File("a"), File("A/", b"", STORED, mode=FOLDER)), NAMES),
    "the same name twice": (whole(File("a.py"), File("a.py")), Flaw.DUPLICATE),
    "one letter twice": (whole(File("a"), File("a")), Flaw.DUPLICATE),
    "two descriptions": (whole(MD), Flaw.DUPLICATE),
    "a name that is no UTF-8": (named(b"\xff\xfe.py", flags=UTF8), Flaw.NAME_NOT_UTF8),
    "overlong UTF-8": (named(b"\xc0\xae\xc0\xae/up", flags=UTF8), Flaw.NAME_NOT_UTF8),
    "a second name in Unicode": (
        named("a.py", central_extra=extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(b"a.py")) + b"../b")),
        Flaw.TWO_NAMES,
    ),
    "another name in its own header": (named("a.py", local={"name": b"../a"}), Flaw.HEADERS_DIFFER),
    "a symbolic link": (named("link", content=b"/etc/passwd", mode=LINK), Flaw.LINK),
    "a symbolic link from another system": (named("link", content=b"/etc", mode=LINK, system=0), Flaw.LINK),
    "a hard link": (named("hard", central_extra=extra(0x000D, b"\0" * 12 + b"/etc/passwd")), Flaw.LINK),
    "a device": (named("disk", mode=0o060644), Flaw.SPECIAL_FILE),
    "a terminal": (named("tty", mode=0o020644), Flaw.SPECIAL_FILE),
    "a pipe": (named("pipe", mode=0o010644), Flaw.SPECIAL_FILE),
    "a socket": (named("socket", mode=0o140644), Flaw.SPECIAL_FILE),
    "encrypted": (named("a", flags=0x1), Flaw.ENCRYPTED),
    "strongly encrypted": (named("a", flags=0x41), Flaw.ENCRYPTED),
    "a masked directory": (named("a", flags=0x2000), Flaw.ENCRYPTED),
    "bzip2": (named("a", method=12), Flaw.METHOD),
    "lzma": (named("a", method=14), Flaw.METHOD),
    "a patch": (named("a", flags=0x20), Flaw.METHOD),
    "a form that nobody reads yet": (named("a", needs=64), Flaw.VERSION),
    "1000 to 1": (named("zeros", content=b"\0" * 20_000_000), Flaw.RATIO),
    "more than 100 MB unpacked": (
        whole(
            *(File(f"{n}", b"", packed=b"\0" * 200_000, unpacked_bytes=30_000_000, crc=0) for n in range(4))
        ),
        TOO_LARGE,
    ),
    "4 GB told": (named("a", packed=b"\0" * 21_500_000, unpacked_bytes=4_294_967_294), TOO_LARGE),
    "one body under two names": (same_body_twice, Flaw.HEADERS_DIFFER),
    "a file within another": (quoted_bomb, Flaw.OVERLAP),
    "a file behind the end": (named("a", at=50_000), Flaw.TRUNCATED),
    "a size that is larger than told": (named("a", content=b"x" * 900, unpacked_bytes=10), Flaw.SIZE_LIES),
    "a size that is smaller than told": (named("a", content=b"x" * 9, unpacked_bytes=5000), Flaw.SIZE_LIES),
    "a bomb that says it is small": (
        named("a", packed=zeros(90_000_000), content=b"", unpacked_bytes=100),
        Flaw.SIZE_LIES,
    ),
    "a stored file of two sizes": (named("a", method=STORED, unpacked_bytes=7), Flaw.SIZE_LIES),
    "a folder with bytes": (named("src/", content=b"x" * 100, mode=FOLDER), Flaw.SIZE_LIES),
    "other sizes in its own header": (named("a", local={"unpacked": 99}), Flaw.HEADERS_DIFFER),
    "another method in its own header": (named("a", local={"method": STORED}), Flaw.HEADERS_DIFFER),
    "other sizes behind its bytes": (
        named("a", flags=DESCRIPTOR, descriptor=b"PK\x07\x08" + b"\1" * 12),
        Flaw.HEADERS_DIFFER,
    ),
    "no sizes behind its bytes": (named("a", flags=DESCRIPTOR, descriptor=b""), Flaw.FOREIGN_BYTES),
    "a wrong checksum": (named("a", crc=1), Flaw.BAD_CRC),
    "one byte changed": (with_byte_flipped(7), Flaw.BAD_CRC),
    "no deflate": (named("a", packed=b"\xff" * 20, unpacked_bytes=30), Flaw.NOT_DEFLATE),
    "deflate that is cut off": (
        named("a", content=b"abc" * 99, packed=deflated(b"abc" * 99)[:-4]),
        Flaw.NOT_DEFLATE,
    ),
    "a zip in the zip": (named("inner.zip", content=bytes(Zip.of(File("a")))), Flaw.NESTED),
    "a zip in the zip by another name": (named("notes.txt", content=bytes(Zip.of(File("a")))), Flaw.NESTED),
    "a gzip in the zip": (named("a.gz", content=b"\x1f\x8b\x08\0" + b"\0" * 30), Flaw.NESTED),
    "a tar in the zip": (lambda: bytes(Zip.of(File("a.tar", tar()))), Flaw.NESTED),
    "empty": (lambda: bytes(Zip(())), MISSING),
    "no description": (lambda: bytes(Zip((File("main.py"),))), MISSING),
    "its description in a folder": (lambda: bytes(Zip((File("work/SUBMISSION.md", DESCRIPTION),))), MISSING),
    "its description in other capitals": (lambda: bytes(Zip((File("submission.md", DESCRIPTION),))), MISSING),
    "its description as a folder": (
        lambda: bytes(Zip((File("SUBMISSION.md/", b"", STORED, mode=FOLDER),))),
        MISSING,
    ),
    "a description without a section": (
        lambda: bytes(Zip((File("SUBMISSION.md", DESCRIPTION.replace(b"## Tradeoffs", b"")),))),
        MISSING,
    ),
    "a description that is no text": (lambda: bytes(Zip((File("SUBMISSION.md", b"\xff\xfe\0#"),))), MISSING),
}
"""By name: the archive, and the flaw, or the code where there is no flaw of the archive as such."""

_NAMED = extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(b"a.py")) + b"a.py")


def _in_another_order() -> bytes:
    """The directory lists the second file first."""
    a, b = File("a.py", b"first"), File("b.py", b"second")
    base = 30 + len(b"SUBMISSION.md") + len(MD.body())
    after_a = base + 30 + 4 + len(a.body())
    made = bytes(Zip.of(a, b))
    directory = made[after_a + 30 + 4 + len(b.body()) :]
    first = 46 + len(b"SUBMISSION.md")
    entry = 46 + 4
    parts = (
        directory[:first],
        directory[first : first + entry],
        directory[first + entry : first + 2 * entry],
    )
    return (
        made[: len(made) - len(directory)] + parts[2] + parts[0] + parts[1] + directory[first + 2 * entry :]
    )


ODD: dict[str, Make] = {
    "one file": lambda: bytes(Zip((MD,))),
    "stored": lambda: bytes(Zip((File("SUBMISSION.md", DESCRIPTION, STORED), File("a", b"x", STORED)))),
    "an empty file": whole(File("empty", b"", STORED), File("none", b"", DEFLATED)),
    "the newest form": named("a", needs=63),
    "folders of their own": whole(File("src/", b"", STORED, mode=FOLDER), File("src/a.py")),
    "a folder that is deflated": whole(File("src/", b"", DEFLATED, mode=FOLDER)),
    "a comment": whole(File("a"), comment=b"made by hand"),
    "a comment of 65,535 bytes": whole(File("a"), comment=b"c" * 65_535),
    "comments of files": whole(File("a", comment=b"mine")),
    "from Windows": whole(File("a", mode=0, system=0), File("b", mode=0, system=11)),
    "a program": whole(File("run.sh", mode=0o100755)),
    # The marks go when it is unpacked: see test_unpacking.py of evaluation's sandbox.
    "a program that is setuid, setgid and sticky": whole(File("run.sh", mode=0o107755)),
    "sizes behind the bytes": whole(File("a", b"x" * 500, flags=DESCRIPTOR)),
    "sizes behind the bytes without a signature": whole(
        File("a", flags=DESCRIPTOR, descriptor=right_descriptor(File("a"), "<3L"))
    ),
    "wide sizes behind the bytes": whole(
        File("a", flags=DESCRIPTOR, descriptor=right_descriptor(File("a"), "<4sLQQ"))
    ),
    "zip64 at its end": whole(File("a"), zip64=True),
    "zip64 in a file": zip64_entry(
        extra(1, struct.pack("<QQ", 10, 10)), local_extra=extra(1, struct.pack("<QQ", 10, 10))
    ),
    "names in Unicode": whole(File("数据.csv"), File("é.txt"), File("🚀.md")),
    "names in code page 437": whole(File(b"caf\x82.txt"), File(b"\x9bthing")),
    "a name twice the same, in Unicode too": whole(File("a.py", central_extra=_NAMED)),
    "times in an extra field": whole(File("a", central_extra=extra(0x5455, b"\3" + b"\0" * 8))),
    "an owner in an extra field": whole(File("a", central_extra=extra(0x000D, b"\0" * 12))),
    "padding in an extra field": whole(File("a", central_extra=b"\0\0\0", local_extra=b"\0\0\0")),
    "64 folders deep": whole(File("d/" * 64 + "f")),
    "10,000 files": lambda: bytes(Zip.of(*(File(f"{n}", b"", STORED) for n in range(9_999)))),
    "hidden files and spaces": whole(File(".env.example"), File("a b/c d.txt"), File("...")),
    "100 to 1": whole(File("log.txt", b"".join(b"%08d line\n" % (n // 8) for n in range(150_000)))),
    "a spreadsheet": whole(File("data/table.xlsx", bytes(Zip.of(File("a"))))),
    "its description last, with a byte order mark": lambda: bytes(
        Zip((File("a"), File("SUBMISSION.md", b"\xef\xbb\xbf" + DESCRIPTION)))
    ),
    "its description with other headings": lambda: bytes(
        Zip((File("SUBMISSION.md", DESCRIPTION.replace(b"## ", b"### ").upper() + b"\n# More\n"),))
    ),
    "its files in another order than its directory": _in_another_order,
    "as Python writes it": by_zipfile(),
    "as Python packs it": by_zipfile(compression=zipfile.ZIP_DEFLATED),
    "as Python streams it": as_a_stream,
}
"""What common tools write and nothing is wrong with."""
