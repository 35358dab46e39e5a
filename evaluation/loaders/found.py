"""Find the files of a data set in its folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from evaluation.loaders.lines import plain_suffix
from retrieval.errors import EvaluationError


def checked_folder(folder: Path) -> Path:
    """Return the folder; raise EvaluationError where it is none."""
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: no such folder; name the folder that the data set was unpacked into")
    return folder


def plain_name(path: Path) -> str:
    """Return a file's name in small letters without the `.gz` behind it."""
    return path.name.lower().removesuffix(".gz")


def unpacked_first(paths: Iterable[Path]) -> list[Path]:
    """Return files by name, of a file that stands there plain and gzipped the plain one alone."""
    chosen: dict[tuple[Path, str], Path] = {}
    for path in sorted(paths, key=lambda path: (path.suffix.lower() == ".gz", path)):
        chosen.setdefault((path.parent, plain_name(path)), path)
    return sorted(chosen.values())


def exact(folder: Path, name: str, what: str) -> Path:
    """Return the file of that name, plain or gzipped; raise EvaluationError where there is none."""
    found = next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
    if found is None:
        raise EvaluationError(f"{folder}: holds no {name} (nor {name}.gz), which has {what}; check the folder")
    return found


def named(path: Path, folder: Path) -> Path:
    """Return a file that the user named, in the folder or from where the user is; raise EvaluationError for neither."""
    for candidate in (folder / path, path):
        if candidate.is_file():
            return candidate
    raise EvaluationError(f"{path}: no such file, neither in {folder} nor here; check the name")


def by_stem(folder: Path, stems: Sequence[str], suffixes: Sequence[str], what: str, option: str) -> Path:
    """Return the one file that is called by one of these stems; raise EvaluationError for none and for several."""
    found = unpacked_first(
        path
        for path in folder.iterdir()
        if path.is_file() and plain_suffix(path) in suffixes and plain_name(path).rsplit(".", 1)[0] in stems
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise EvaluationError(
            f"{folder}: {' and '.join(path.name for path in found)} may both be the {what}; choose with {option} FILE"
        )
    raise EvaluationError(
        f"{folder}: holds no {what}, a file called {stems[0]}{suffixes[0]} or the like "
        f"({', '.join(stems)}; {', '.join(suffixes)}); name it with {option} FILE"
    )
