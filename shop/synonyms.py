"""A catalogue's own synonyms, in a text file that people edit; they stand on top of those that come with the program.

data/<catalogue>/synonyms.txt            the rules; the format is retrieval/query/synonyms.py's
data/<catalogue>/synonyms.declined.txt   suggested pairs that were turned down, one `a, b` a line
"""

from __future__ import annotations

from pathlib import Path

from retrieval.artifacts import check_name
from retrieval.errors import DataError
from retrieval.files import replace_text
from retrieval.query.synonyms import Synonyms, phrase_key, shipped
from shop import data_folder

FILE = "synonyms.txt"
DECLINED = "synonyms.declined.txt"


def path(data_dir: Path, catalogue: str) -> Path:
    """Return where a catalogue's synonyms are kept, whether there are any or not."""
    return data_dir / check_name(catalogue) / FILE


def text(data_dir: Path, catalogue: str) -> str:
    """Return the file as it is, empty where there is none; raise DataError where it cannot be read."""
    return _read(path(data_dir, catalogue))


def load(data_dir: Path, catalogue: str) -> Synonyms:
    """Return a catalogue's synonyms on top of the shipped ones; raise DataError naming the file and its line."""
    return parsed(data_dir, catalogue, text(data_dir, catalogue))


def parsed(data_dir: Path, catalogue: str, said: str) -> Synonyms:
    """Return what a catalogue's file says on top of the shipped rules; raise DataError naming the file and its line."""
    return Synonyms.parse(said, str(path(data_dir, catalogue)), shipped()) if said else shipped()


def save(data_dir: Path, catalogue: str, said: str) -> Synonyms:
    """Keep a text as a catalogue's synonyms in place of an earlier one, whole or not at all; an empty one removes it.

    Raises DataError naming the faulty lines, and then changes nothing.
    """
    file = path(data_dir, catalogue)
    lines = "\n".join(said.splitlines()).strip("\n")
    parsed = Synonyms.parse(lines, FILE, shipped())
    if lines.strip():
        _write(data_dir, file, lines + "\n")
    else:
        file.unlink(missing_ok=True)
    return parsed


def add(data_dir: Path, catalogue: str, line: str) -> Synonyms:
    """Add one rule at the end of a catalogue's synonyms; raise DataError."""
    return save(data_dir, catalogue, f"{text(data_dir, catalogue).rstrip()}\n{line}")


def decline(data_dir: Path, catalogue: str, one: str, other: str) -> None:
    """Turn a suggested pair down, so that it is not offered again; raise DataError."""
    file = path(data_dir, catalogue).with_name(DECLINED)
    _write(data_dir, file, f"{_read(file)}{one}, {other}\n")


def declined(data_dir: Path, catalogue: str) -> frozenset[frozenset[tuple[str, ...]]]:
    """Return the pairs that were turned down, each as the keys (`phrase_key`) of its two phrases; raise DataError."""
    lines = _read(path(data_dir, catalogue).with_name(DECLINED)).splitlines()
    return frozenset(frozenset(map(phrase_key, line.split(","))) for line in lines if line.strip())


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read ({error}); save it as UTF-8 text, or delete it") from error


def _write(data_dir: Path, file: Path, said: str) -> None:
    try:
        data_folder.prepare(data_dir)
        replace_text(file, said)
    except (OSError, UnicodeEncodeError) as error:
        raise DataError(f"{file}: cannot be written ({error}); check DATA_DIR and the text") from error
