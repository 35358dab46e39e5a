"""Which column is which field, as the user said for a catalogue: kept beside its source, used when it is read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from retrieval.errors import SettingsError
from retrieval.files import replace_text

FILE = "mapping.json"
VERSION = 1


def load(data_dir: Path, name: str) -> dict[str, str]:
    """Return field -> column as kept for a catalogue, empty where nothing is; raise SettingsError for a broken file."""
    path = data_dir / name / FILE
    try:
        kept = json.loads(path.read_bytes())
        version, columns = kept["version"], kept["columns"]
        if version != VERSION:
            raise ValueError(f"it is of version {version}, this program reads version {VERSION}")
        if not all(isinstance(text, str) for pair in columns.items() for text in pair):
            raise TypeError("a column is no text")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise SettingsError(
            f"{path}: the column mapping cannot be read ({error}); delete the file and say the mapping anew with --map"
        ) from error
    return dict(columns)


def save(data_dir: Path, name: str, mapping: Mapping[str, str]) -> None:
    """Keep a catalogue's mapping of field -> column in place of an earlier one; an empty one forgets it."""
    path = data_dir / name / FILE
    if not mapping:
        path.unlink(missing_ok=True)
        return
    text = json.dumps({"version": VERSION, "columns": dict(mapping)}, ensure_ascii=False, indent=1) + "\n"
    replace_text(path, text)
