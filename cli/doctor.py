"""`doctor`: what this installation can do, what it cannot, and what to do about it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

import compose
from cli import embeddings
from cli.called import as_called
from cli.chromium import HOW_TO_GET_IT, find_chromium
from cli.models import active_models
from cli.output import clean, console, print_json
from cli.port import port_problem
from retrieval.errors import DataError, IndexStoreError

if TYPE_CHECKING:
    from retrieval.settings import Settings
    from shop.jobs import JobRecord

State = Literal["ok", "warn", "fail"]
COLOURS: dict[State, str] = {"ok": "green", "warn": "yellow", "fail": "red"}
SETUP = "make setup"
IMPORTS: dict[str, tuple[str, State, str]] = {
    "numpy": ("numpy", "fail", "nothing works without it"),
    "streamlit": ("streamlit", "fail", "the app does not start"),
    "bm25s": ("bm25s", "warn", "rank_bm25 or SQLite's FTS5 stand in, slower"),
    "numba": ("numba", "warn", "bm25s is not fast enough without it"),
    "Stemmer": ("PyStemmer", "warn", "words are not stemmed"),
    "rank_bm25": ("rank_bm25", "warn", "the keyword index's first fallback is missing"),
    "torch": ("torch", "warn", "keyword search only"),
    "sentence_transformers": ("sentence-transformers", "warn", "keyword search only"),
    "faiss": ("faiss-cpu", "warn", "vectors are searched with NumPy"),
    "openai": ("openai", "warn", "no model on a server writes answers or makes vectors"),
}
"""Module -> its package, how bad its absence is, and what that means."""
IMPORT_SECONDS = 120
DISK_LOW, DISK_OUT = 2.0, 0.2
"""Free gigabytes under which an index build may not fit, and does not fit."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: what was looked at, how it is, and what to do (empty where nothing)."""

    name: str
    state: State
    detail: str
    todo: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check what this installation can do; exit status 1 when something fails."""
    from retrieval.settings import load_settings

    findings = list(look(load_settings()))
    failed = any(finding.state == "fail" for finding in findings)
    if as_json:
        print_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    ctx.exit(1 if failed else 0)


def look(settings: Settings) -> Iterator[Finding]:
    """Yield every finding."""
    yield _python()
    yield from _packages()
    for variable in ("index_dir", "data_dir", "models_dir"):
        yield _folder(variable, getattr(settings, variable))
    yield _disk(settings.index_dir)
    yield from _models(settings)
    yield _answers(settings)
    yield from _indexes(settings)
    yield _embeddings(settings)
    yield _jobs(settings)
    yield _port(os.environ.get("PORT") or "8501")
    browser = find_chromium()
    yield (
        Finding("chromium", "ok", browser)
        if browser
        else Finding("chromium", "warn", "not found; only the browser tests need it", HOW_TO_GET_IT)
    )


def _python() -> Finding:
    running = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", f"{running} ({sys.executable})")


def _packages() -> Iterator[Finding]:
    """Import each package in a process of its own: a broken one may take its process down with it."""
    # All at once: together they take as long as the slowest.
    probes = {
        module: subprocess.Popen(
            [sys.executable, "-c", f"import {module}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        for module in IMPORTS
        if importlib.util.find_spec(module) is not None
    }
    for module, (package, bad, meaning) in IMPORTS.items():
        if module not in probes:
            yield Finding(package, bad, f"not installed: {meaning}", f"{SETUP} (or: pip install {package})")
            continue
        try:
            said = probes[module].communicate(timeout=IMPORT_SECONDS)[1].strip().splitlines()
        except subprocess.TimeoutExpired:
            probes[module].kill()
            probes[module].communicate()
            yield Finding(package, bad, f"its import takes more than {IMPORT_SECONDS} s: {meaning}", SETUP)
            continue
        if probes[module].returncode != 0:
            why = said[-1] if said else f"its process ended with status {probes[module].returncode}"
            yield Finding(
                package, bad, f"cannot be imported ({why}): {meaning}", f"pip install --force-reinstall {package}"
            )
        else:
            yield Finding(package, "ok", _version(package))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "version unknown"


def _folder(variable: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        todo = f"give yourself the right to write there, or set {variable.upper()} to another folder"
        return Finding(variable, "fail", f"{folder}: cannot be written ({error.strerror})", todo)
    return Finding(variable, "ok", f"{folder} can be written")


def _disk(folder: Path) -> Finding:
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free / 1e9
    state: State = "fail" if free < DISK_OUT else "warn" if free < DISK_LOW else "ok"
    todo = "" if state == "ok" else "free some space, or set INDEX_DIR and DATA_DIR to folders on another disk"
    return Finding("disk", state, f"{free:.1f} GB free", todo)


def _models(settings: Settings) -> Iterator[Finding]:
    for row in active_models(settings):
        if row.active:
            yield Finding(row.role, "ok", f"{row.id}: {row.why}")
        elif row.role == "slm":
            yield Finding(row.role, "ok", f"{row.why}; it is optional")
        else:
            todo = f"{SETUP} installs one" if row.role == "encoder" else "product-search models pull, then set RERANKER"
            yield Finding(row.role, "warn", row.why, todo)


def _answers(settings: Settings) -> Finding:
    """Say who can write answers, and why the others cannot; asks no server."""
    states, wanted = compose.provider_states(settings), settings.answer_provider
    ready = ", ".join(
        f"{state.name} ({state.model}{'' if state.local else '; leaves this machine'})"
        for state in states
        if state.ready
    )
    said = "; ".join(
        [f"ANSWER_PROVIDER={wanted}; ready: {ready}", *(f"not {s.name}: {s.why}" for s in states if not s.ready)]
    )
    if any(state.name == wanted and not state.ready for state in states):
        return Finding("answers", "warn", said, "set what it needs, or ANSWER_PROVIDER=auto")
    return Finding("answers", "ok", said)


def _indexes(settings: Settings) -> Iterator[Finding]:
    infos = compose.catalogues(settings)
    if not infos:
        todo = "product-search index FILE builds one; make run builds the sample's"
        yield Finding("indexes", "warn", f"none in {settings.index_dir}", todo)
    for info in infos:
        name = f"index {info.name}"
        problem = info.error or compose.damage(info.name, settings)
        if problem:
            yield Finding(name, "fail", problem, f"product-search index {info.source or 'FILE'} --name {info.name}")
        elif info.keyword_only:
            todo = f"product-search index {info.source or 'FILE'} --name {info.name}, with an encoder there"
            yield Finding(name, "warn", f"{info.products:,} products, for keywords only", todo)
        else:
            yield Finding(name, "ok", f"{info.products:,} products, build {info.build}, encoder {info.encoder_id}")


def _embeddings(settings: Settings) -> Finding:
    try:
        found = compose.cached_vectors(settings)
    except IndexStoreError as error:
        return Finding("embeddings", "warn", f"cannot be told which are in use: {error}", "build that catalogue anew")
    except DataError as error:
        return Finding("embeddings", "warn", str(error), "build a catalogue, which begins the file anew")
    todo = "product-search embeddings prune says what can go" if found.unused else ""
    return Finding("embeddings", "ok", embeddings.said(found), todo)


def _jobs(settings: Settings) -> Finding:
    latest: dict[str, JobRecord] = {}
    for job in compose.jobs(settings):
        latest.setdefault(job.catalogue, job)
    bad = [job for job in latest.values() if job.state in ("failed", "died")]
    if bad:
        said = "; ".join(f"{job.catalogue} {job.state}: {job.message}" for job in bad)
        return Finding("jobs", "warn", said, "start the build again")
    running = sum(job.active for job in latest.values())
    return Finding("jobs", "ok", f"{running} running")


def _port(port: str) -> Finding:
    problem = port_problem(port)
    return (
        Finding("port", "warn", problem, "make run PORT=8502") if problem else Finding("port", "ok", f"{port} is free")
    )


def _show(findings: list[Finding]) -> None:
    from rich.text import Text

    out = console()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        line = Text(f"{finding.state:<5}", COLOURS[finding.state])
        line.append(f"{clean(finding.name):<{width}}  ", "bold")
        line.append(as_called(clean(finding.detail)))
        if finding.todo:
            line.append(f"\n{' ' * (width + 7)}-> {as_called(clean(finding.todo))}", "cyan")
        out.print(line)
