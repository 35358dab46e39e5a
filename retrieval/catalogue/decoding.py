"""Turn a file's bytes into lines of text, and say which lines held bytes that are no text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from retrieval.errors import CatalogueError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = {
    b"PK\x03\x04": "a ZIP, Excel or Word file",
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3\x00": "a database",
    b"\x7fELF": "a program",
}
REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text; `damaged` are the 1-based lines in which undecodable bytes and zeros became U+FFFD.

    `binary` says that so much was replaced that a file without products is no text at all.
    """

    lines: list[str]
    damaged: tuple[int, ...]
    binary: bool


def _utf16_without_mark(data: bytes) -> str | None:
    """Return the byte order of UTF-16 without a byte order mark: in most text every second byte is zero."""
    sample = data[:65536]
    zeros_even, zeros_odd, half = sample[0::2].count(0), sample[1::2].count(0), len(sample) // 2
    if zeros_odd > 0.3 * half and zeros_even < 0.05 * half:
        return "utf-16-le"
    if zeros_even > 0.3 * half and zeros_odd < 0.05 * half:
        return "utf-16-be"
    return None


def _utf8(data: bytes) -> tuple[str, tuple[int, ...]]:
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    texts, damaged = [], []
    newline = b"\n" if b"\n" in data else b"\r"
    for number, line in enumerate(data.split(newline), start=1):
        try:
            texts.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(line.decode("utf-8", errors="replace"))
            damaged.append(number)
    return newline.decode().join(texts), tuple(damaged)


def split_lines(text: str) -> list[str]:
    """Return the lines of a text; `\\r` ends a line only where no `\\n` does, as in an editor's line numbers."""
    if "\r" in text:
        text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines


def decode(data: bytes, where: str) -> Decoded:
    """Return the lines of a UTF-8, UTF-16 or UTF-32 file; raise CatalogueError when it is empty or surely binary."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise CatalogueError(f"{where} is empty: there is nothing to read; export the catalogue again")
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is not None:
        raise CatalogueError(f"{where} is {kind}, not text; export the catalogue as .md, .jsonl or .csv")
    bom, encoding = next(((b, e) for b, e in _BOMS if data.startswith(b)), (b"", "utf-8"))
    if not bom and b"\x00" in data:
        encoding = _utf16_without_mark(data) or encoding
    body = data[len(bom) :]
    if encoding == "utf-8":
        text, damaged = _utf8(body)
    else:
        text, damaged = body.decode(encoding, errors="replace"), ()
    lines = split_lines(text)
    if encoding != "utf-8":
        damaged = tuple(n for n, line in enumerate(lines, start=1) if REPLACEMENT in line)
    binary = text.count(REPLACEMENT) + text.count("\x00") > 0.1 * len(text)
    if "\x00" in text:
        damaged = tuple(sorted({*damaged, *(n for n, line in enumerate(lines, start=1) if "\x00" in line)}))
        lines = [line.replace("\x00", REPLACEMENT) for line in lines]
    return Decoded(lines, damaged, binary)
