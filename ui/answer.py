"""An answer as it is read: its text, what does not hold, who wrote it and where, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from answering.records import PROVIDERS, Answer, Checked, Claim, Evidence, Interrupted, Usage
from retrieval.records import Degraded
from ui import answer_cards, ask_choice, notices
from ui.formats import amount, count, milliseconds
from ui.safe_text import answer_markdown, plain

CLAIM_LENGTH = 160
WHY_LENGTH = 240
MODEL_LENGTH = 60
PROMPT_HEIGHT = 320
ENDINGS = {
    "length": "Cut off: it reached the limit of tokens.",
    "time": "Cut off: it reached the limit of time.",
    "cancelled": "Stopped before its end.",
}


def badge(host: str | None) -> str:
    """Return where an answer was made, as a badge: here, or on a machine that texts were sent to."""
    if host is None:
        return ":green-badge[:material/lock: On this machine]"
    return f":orange-badge[:material/cloud_upload: Sent to {plain(host, 60)}]"


def text(evidence: Evidence, checked: Checked, prefix: str) -> None:
    """Draw a checked text with its citations as links, and under it what the catalogue does not bear out."""
    st.markdown(answer_markdown(checked, answer_cards.links(evidence, checked, prefix)) or ":gray[…]")
    doubts(checked.unsupported)


def doubts(claims: Sequence[Claim]) -> None:
    """Draw the claims that nothing supports, each with its reason."""
    if not claims:
        return
    head = f":orange[:material/warning:] **{count(len(claims), 'statement')} not borne out by the products:**"
    st.markdown("\n".join([head, "", *(f"- {doubt(claim)}" for claim in claims)]))


def doubt(claim: Claim) -> str:
    """Return a claim that nothing supports and why, as safe Markdown on one line."""
    why = claim.why or "no product is cited for it"
    return f"“{plain(claim.text.replace('**', ''), CLAIM_LENGTH)}” :gray[– {plain(why, WHY_LENGTH)}]"


def switches(parts: Sequence[Degraded]) -> None:
    """Say which writer could not go on, why, and who wrote instead; then whatever else was not available."""
    for part in parts:
        if part.what in PROVIDERS:
            instead = f"**{ask_choice.LABELS[part.fallback]}** answered instead" if part.fallback in PROVIDERS else ""
            instead = instead or f"Shown: {plain(part.fallback)}"
            st.warning(
                f"**{ask_choice.LABELS[part.what]}**: {plain(part.why.rstrip('. '), 400)}. {instead}.",
                icon=":material/sync_problem:",
            )
    notices.degraded([part for part in parts if part.what not in PROVIDERS])


def interrupted(evidence: Evidence, parts: Sequence[Interrupted], prefix: str) -> None:
    """Draw what a writer had said before it failed, marked as broken off; `switches` says why it failed."""
    for number, part in enumerate(parts):
        with st.container(border=True, gap="xsmall", key=f"interrupted_{prefix}_{number}"):
            st.caption(f":material/link_off: **{ask_choice.LABELS[part.provider]}** said this before it broke off:")
            st.markdown(answer_markdown(part.checked, answer_cards.links(evidence, part.checked, prefix)))


def refusal(evidence: Evidence, checked: Checked, prefix: str) -> None:
    """Draw the answer that there is none, which lists the nearest products."""
    with st.container(border=True, key=f"refused_{prefix}", gap="small"):
        st.markdown(":material/search_off: **Not in this catalogue**")
        text(evidence, checked, prefix)


def numbers(answer: Answer) -> str:
    """Return who answered and what it took, as safe Markdown on one line."""
    parts = [ask_choice.LABELS[answer.provider]]
    if answer.provider != "extractive":
        parts += [plain(answer.model, MODEL_LENGTH), *measured(answer.usage)]
    total = answer.timings_ms.get("total")
    if total is not None:
        parts.append(f"{milliseconds(total)} in all")
    if answer.from_cache:
        parts.append("kept from before")
    if answer.ending in ENDINGS:
        parts.append(ENDINGS[answer.ending].rstrip(".").lower())
    return " · ".join(parts)


def measured(usage: Usage) -> list[str]:
    """Return what is known of an answer's cost: tokens, time to the first of them, their pace, money."""
    parts = []
    if usage.prompt_tokens is not None and usage.completion_tokens is not None:
        about = "about " if usage.estimated else ""
        parts.append(f"{about}{usage.prompt_tokens:,} tokens read, {usage.completion_tokens:,} written")
    elif usage.completion_tokens is not None:
        parts.append(f"{count(usage.completion_tokens, 'token')} written")
    if usage.first_token_ms is not None:
        parts.append(f"first token after {milliseconds(usage.first_token_ms)}")
    if usage.tokens_per_s is not None:
        parts.append(f"{usage.tokens_per_s:,.1f} tokens/s")
    if usage.cost is not None:
        parts.append(f"cost about {usage.cost:.4g}")
    return parts


def how_made(answer: Answer, key: str) -> None:
    """Draw a closed section with the exact prompt, what it took, the times and every claim's check."""
    with st.expander("How this was made", icon=":material/receipt_long:", type="compact", key=key):
        st.markdown("**Checked claims**")
        table = claims_table(answer.checked)
        if table:
            st.markdown(shares(answer.checked))
            st.markdown(table)
        else:
            st.caption("It claims nothing that could be checked.")
        st.markdown("**What it took**")
        st.caption(" · ".join(took(answer)))
        st.markdown("**Prompt**")
        if answer.prompt is None:
            st.caption("None: no language model wrote this answer.")
        else:
            st.code(answer.prompt.shown(), language=None, wrap_lines=True, height=PROMPT_HEIGHT)


def shares(checked: Checked) -> str:
    """Return the shares of claims that are cited, and of cited ones that hold."""
    parts = []
    if checked.coverage is not None:
        parts.append(f"{checked.coverage:.0%} of the claims cite a product")
    if checked.precision is not None:
        parts.append(f"{checked.precision:.0%} of the cited ones hold")
    return ", ".join(parts)


def claims_table(checked: Checked) -> str:
    """Return every claim that can be checked with its citations and verdict, as a Markdown table of safe text."""
    rows = []
    for claim in checked.claims:
        if not claim.checked:
            continue
        cites = ", ".join(map(str, claim.citations)) or "–"
        verdict = ":green[holds]" if claim.supported else f":orange[{plain(claim.why, WHY_LENGTH) or 'not supported'}]"
        rows.append(f"| {plain(claim.text.replace('**', ''), CLAIM_LENGTH)} | {cites} | {verdict} |")
    return "\n".join(["| Claim | Cites | Check |", "|:--|:--|:--|", *rows]) if rows else ""


def took(answer: Answer) -> list[str]:
    """Return all that was measured of an answer, as safe Markdown."""
    usage = answer.usage
    parts = [f"{plain(stage)} {milliseconds(spent)}" for stage, spent in answer.timings_ms.items()]
    parts += measured(usage)
    if usage.reused:
        parts.append(f"{usage.reused:,} tokens known from before")
    if usage.retries:
        parts.append(count(usage.retries, "retry", "retries"))
    if usage.memory_bytes is not None:
        parts.append(f"weights {amount(round(usage.memory_bytes / 2**20))} MiB")
    return parts
