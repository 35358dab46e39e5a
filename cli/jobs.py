"""`jobs`: builds, deletions and imports in the background - see, cancel, resume, read along."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

import compose
from cli.called import called
from cli.output import clean, console, count, print_json

if TYPE_CHECKING:
    from retrieval.settings import Settings
    from shop.jobs import JobRecord

JOB = click.argument("job_id", metavar="ID")
SHOWN = 20
COLOURS = {"done": "green", "running": "cyan", "queued": "cyan", "failed": "red", "died": "red", "cancelled": "yellow"}


def _settings() -> Settings:
    from retrieval.settings import load_settings

    return load_settings()


@click.group(invoke_without_command=True)
@click.option("--index", "name", help="Only the jobs of this catalogue.")
@click.option("--all", "every", is_flag=True, help=f"All jobs, not just the last {SHOWN}.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, all of them.")
@click.pass_context
def jobs(ctx: click.Context, name: str | None, every: bool, as_json: bool) -> None:
    """List background jobs, newest first; one runs at a time, the others wait for it."""
    if ctx.invoked_subcommand is not None:
        return
    found = compose.jobs(_settings(), name)
    if as_json:
        print_json([job_dict(job) for job in found])
        return
    out = console()
    if not found:
        out.print("no jobs yet")
    for job in found if every else found[:SHOWN]:
        _show(job)
    if len(found) > SHOWN and not every:
        out.print(f"and {len(found) - SHOWN:,} older; see: {called()} jobs --all")


def job_dict(job: JobRecord) -> dict[str, object]:
    """Return a job as JSON-ready values."""
    return {**asdict(job), "active": job.active, "resumable": job.resumable}


def _show(job: JobRecord) -> None:
    from rich.text import Text

    line = Text(f"{job.id}  ")
    line.append(f"{job.state:<9}", COLOURS[job.state])
    line.append(f"  {job.kind} {clean(job.catalogue)}", "bold")
    if job.state == "queued":
        line.append(f", waits behind {count(job.ahead, 'job')}" if job.ahead else ", starts now")
    elif job.state == "running" and job.stage:
        line.append(f", {job.stage} {job.done:,} of {job.total:,}")
        if job.eta_s is not None:
            line.append(f", {job.eta_s:.0f} s left")
    if job.finished is not None:
        line.append(time.strftime(", ended %Y-%m-%d %H:%M", time.localtime(job.finished)))
    if job.message:
        line.append(f"\n    {clean(job.message)}", "dim")
    if job.resumed_by is not None:
        line.append(f"\n    goes on as {job.resumed_by}", "dim")
    elif job.resumable:
        line.append(f"\n    -> {called()} jobs resume {job.id}", "cyan")
    console().print(line)


@jobs.command()
@JOB
def cancel(job_id: str) -> None:
    """End job ID and everything it started; what was embedded is kept."""
    before = compose.job(_settings(), job_id)
    job = compose.cancel_job(_settings(), job_id)
    if before.active and job.state == "cancelled":
        console().print(f"cancelled {job.kind} of {clean(job.catalogue)}")
    else:
        console().print(f"job {job_id} is {job.state} already; nothing to cancel")


@jobs.command()
@JOB
def resume(job_id: str) -> None:
    """Go on with job ID that failed, died or was cancelled: a new job reuses what was embedded."""
    new = compose.job(_settings(), compose.resume_job(_settings(), job_id))
    where = f"waits behind {count(new.ahead, 'job')}" if new.state == "queued" and new.ahead else "has started"
    console().print(f"job {new.id} goes on with it and {where}; see: {called()} jobs log {new.id}")


@jobs.command()
@JOB
@click.option("--lines", type=click.IntRange(min=1), default=200, show_default=True, help="Lines from the end.")
def log(job_id: str, lines: int) -> None:
    """Print what job ID said last."""
    said = compose.job_log(_settings(), job_id, lines)
    for line in said.splitlines():
        click.echo(clean(line))
    if not said:
        click.echo(f"job {job_id} said nothing so far", err=True)
