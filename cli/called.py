"""How this command is called, so that a printed command can be copied and works."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "product-search"
# A command in a sentence: not part of a path or an address, and followed by a verb.
_COMMAND = re.compile(rf"(?<![\w./-]){NAME}(?= [a-z])")


def called(arguments: Sequence[str] | None = None) -> str:
    """Return the words that call this command again from the same folder.

    `arguments` are those the process was started with: `product-search` where that is found on PATH, else its path as
    it was typed, `python -m cli.main` where it was called so.
    """
    words = list(sys.orig_argv if arguments is None else arguments)
    # A console script is started as `python path/of/product-search …`, a module as `python -m cli.main …`.
    script = next((word for word in words[:2] if Path(word).name == NAME), None)
    if script is not None:
        found = shutil.which(NAME)
        on_path = found is not None and Path(found).resolve() == Path(script).resolve()
        return NAME if on_path else shlex.quote(script)
    if words[1:3] == ["-m", "cli.main"]:
        return shlex.join(words[:3])
    return NAME


def as_called(text: str) -> str:
    """Return a text in which commands of this program stand as they have to be typed here."""
    how = called()
    return _COMMAND.sub(lambda _: how, text)
