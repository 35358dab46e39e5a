"""`builds`, `rollback`, `delete`, `backup`, `restore`: what is kept, and the ways back."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

import compose
from cli.called import called
from cli.output import clean, console, count, print_json, progress_bars
from retrieval.errors import DataError, SettingsError

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def builds(name: str, as_json: bool) -> None:
    """List the builds of catalogue NAME that are kept, newest first."""
    from retrieval.settings import load_settings

    found = compose.builds(load_settings(), name)
    if as_json:
        print_json([asdict(build) for build in found])
        return
    out = console()
    for build in found:
        mark = "*" if build.serving else " "
        if build.error:
            out.print(f"{mark} {build.build}  {clean(build.error)}")
            continue
        made = f"{count(build.products, 'product')}, {count(build.chunks, 'chunk')}, {count(build.vectors, 'vector')}"
        how = clean(build.encoder_id or f"keywords only: {build.why}")
        again = f", {build.restored_from} again" if build.restored_from else ""
        source = f"{clean(build.source)} ({build.source_sha256[:12]})"
        out.print(f"{mark} {build.build}  {build.created}  {made}  {how}  from {source}{again}")
    out.print(f"* serves; another one again: {called()} rollback {name} BUILD")


@click.command()
@click.argument("name")
@click.argument("build", required=False)
def rollback(name: str, build: str | None) -> None:
    """Let an earlier BUILD of catalogue NAME serve again; the one before when left out.

    Its files are checked first. What served before is kept and can be brought back in the same way.
    """
    from retrieval.settings import load_settings

    now = compose.roll_back(load_settings(), name, build)
    console().print(
        f"{name}: {now.restored_from} serves again as {now.build} ({count(now.products, 'product')}, "
        f"from {clean(now.source)})"
    )


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(name: str, yes: bool) -> None:
    """Delete catalogue NAME: all its builds, and all that is kept of it in DATA_DIR.

    That is the files it was built from, and what people made for it: judgements, sets of queries, comparisons, rules,
    synonyms.
    """
    from retrieval.settings import load_settings

    settings = load_settings()
    try:
        made = compose.hand_work(settings, name).parts()
    except DataError as error:  # what is damaged must not keep anybody from deleting it
        made = (f"judgements that cannot be counted ({error})",)
    too = f" What people made for it goes too: {', '.join(made)}." if made else ""
    if not yes:
        if not sys.stdin.isatty():
            raise SettingsError(f"deleting {name!r} cannot be undone; say that it is meant with --yes.{too}")
        click.confirm(
            f"Delete {name}, all its builds and the files kept of it?{too} This cannot be undone.", abort=True
        )
    with progress_bars() as progress:
        gone = compose.delete_catalogue(name, settings, progress)
    out = console()
    built_from = [file for file in gone.files if file.startswith("source.")]
    kept = f" and {count(len(built_from), 'file')} it was built from" if built_from else ""
    out.print(f"{name}: deleted its index{kept}" + (f", and with it {', '.join(made)}" if made else ""))
    if gone.builds_left:
        out.print(
            f"{count(len(gone.builds_left), 'build')} still read by a running app; removed with the next build or "
            "deletion after it is closed"
        )


@click.command()
@FILE
@click.option("--without-embeddings", is_flag=True, help="Leave out the cache of vectors: smaller, computed again.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there.")
def backup(file: Path, without_embeddings: bool, force: bool) -> None:
    """Write everything in DATA_DIR to FILE (.tar.gz): uploaded catalogues, jobs, vectors; not the indexes."""
    from retrieval.settings import load_settings

    made = compose.backup(load_settings(), file, embeddings=not without_embeddings, force=force)
    out = console()
    out.print(
        f"{file}: {count(made.files, 'file')}, {count(len(made.catalogues), 'catalogue')}, {made.size / 1e6:,.1f} MB"
    )
    for note in made.notes:
        out.print(f"note: {clean(note)}")


@click.command()
@FILE
@click.option("--force", is_flag=True, help="Replace data that is there; it is kept beside the new.")
def restore(file: Path, force: bool) -> None:
    """Put the backup FILE in the place of DATA_DIR, every file checked first, all or nothing."""
    from retrieval.settings import load_settings

    settings = load_settings()
    back = compose.restore(settings, file, force=force)
    out = console()
    out.print(
        f"restored {count(back.files, 'file')} of {count(len(back.catalogues), 'catalogue')}, backed up {back.created}"
    )
    if back.before is not None:
        out.print(f"what was there before stands in {back.before}; remove it when it is not needed any more")
    for note in back.notes:
        out.print(f"note: {clean(note)}")
    for name, source in compose.to_build(settings, back.catalogues):
        out.print(f"build its index: {called()} index {source} --name {name}")
