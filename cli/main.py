"""`product-search`: the entry. Each group of verbs is imported when it is asked for, so that every start is quick."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

import compose
from cli.called import NAME, as_called
from retrieval.errors import ProductSearchError

USERS_MISTAKE = 2
INTERRUPTED = 130

VERBS: dict[str, tuple[str, str]] = {
    "check": ("cli.catalogue", "Read a catalogue file and list everything odd about it."),
    "parse": ("cli.catalogue", "Write a catalogue's products as JSON Lines."),
    "index": ("cli.index", "Build the index of a catalogue file."),
    "diff": ("cli.compare", "Say what indexing a file would change in a catalogue."),
    "health": ("cli.compare", "Look over a catalogue: coverage, prices, duplicates, spam."),
    "search": ("cli.search", "Search a catalogue."),
    "answer": ("cli.answer", "Answer a question about a catalogue, with checked citations."),
    "run": ("cli.run", "Answer a file of queries as a TREC run."),
    "evaluate": ("cli.evaluate", "Measure runs against judgements."),
    "evaluate-answers": ("cli.evaluate_answers", "Measure answers to questions with known answers."),
    "compare": ("cli.evaluate", "Say which mode ranks judged queries best."),
    "dataset": ("cli.dataset", "Turn a known data set into our own formats."),
    "silver": ("cli.silver", "Draw queries with known right products from a catalogue."),
    "judgements": ("cli.judgements", "Take judgements in and out, and measure agreement."),
    "export": ("cli.artifacts", "Write a catalogue's products as Markdown, JSON Lines or CSV."),
    "import-artifacts": ("cli.artifacts", "Build an index from dense.faiss and dense_chunks.json."),
    "export-artifacts": ("cli.artifacts", "Write an index as dense.faiss and dense_chunks.json."),
    "builds": ("cli.data", "List the builds of a catalogue that are kept."),
    "rollback": ("cli.data", "Let an earlier build serve again."),
    "delete": ("cli.data", "Delete a catalogue."),
    "jobs": ("cli.jobs", "See, cancel and resume background jobs."),
    "backup": ("cli.data", "Write all user data to one file."),
    "restore": ("cli.data", "Bring a backup back."),
    "embeddings": ("cli.embeddings", "Remove kept vectors that no kept build uses."),
    "train": ("cli.train", "Fine-tune models on a catalogue; what proves better serves."),
    "models": ("cli.models", "See which models are active, and fetch more."),
    "doctor": ("cli.doctor", "Check what this installation can do."),
}
"""Verb -> the module that holds it under its own name (`_` for `-`), and its line in the help."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they run; its help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(importlib.import_module(VERBS[cmd_name][0]), cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=NAME, prog_name=NAME)
def cli() -> None:
    """Search a shop's own catalogue: by words, by meaning, or both."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status; a user's mistake is one line on stderr and 2."""
    compose.go_offline()
    try:
        result: Any = cli.main(args=arguments, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else NAME
        return _complain(f"{error.format_message()} See: {path} --help")
    except click.ClickException as error:
        return _complain(error.format_message())
    except ProductSearchError as error:
        return _complain(str(error))
    except BrokenPipeError:
        # Whoever read us has enough (`| head`); nothing may be written to that pipe any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        return _complain(f"{where}{error.strerror or error}")
    return result if isinstance(result, int) else 0


def _complain(message: str) -> int:
    print(f"{NAME}: {as_called(' '.join(message.split()))}", file=sys.stderr)
    return USERS_MISTAKE


def main() -> None:
    """Run the command line of this process and exit."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Catalogues hold every script, whatever the terminal's encoding; half a surrogate must not stop the rest.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    compose.outlive_commands()
    sys.exit(run())


if __name__ == "__main__":
    main()
