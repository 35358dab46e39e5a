"""The prompt of a local model as tokens: its chat template or plain text, fitted to its window by whole products."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from answering import prompts
from answering.records import Message, Prompt, PromptStyle, Task
from retrieval.errors import ProviderFailed
from retrieval.records import Degraded

FILLER = "."
"""Stands for everything that differs from question to question when the stable tokens are looked for."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A prompt that fits: `ids` its tokens, of which the first `stable` are the same for every question."""

    prompt: Prompt
    ids: tuple[int, ...]
    stable: int
    notes: tuple[Degraded, ...] = ()


def fit(task: Task, tokenizer: Any, window: int) -> Fitted:
    """Return the prompt with the most whole products that leaves room for the answer in `window` tokens.

    Raises ProviderFailed where not even one product fits.
    """
    style: PromptStyle = "chat" if task.style == "chat" and tokenizer.chat_template else "plain"
    task = replace(task, style=style)
    there = len(task.evidence.cards)
    room = window - task.limits.tokens
    for cards in range(there, min(there, 1) - 1, -1):
        prompt = prompts.write(task, cards)
        ids = tokens(prompt, tokenizer)
        if len(ids) <= room:
            stable = _stable(prompt, ids, tokenizer)
            return Fitted(prompt, ids, stable, () if cards == there else (_left_out(cards, there, window),))
    raise ProviderFailed(
        f"the question does not fit: with one product it has {len(ids):,} tokens, and {room:,} of the model's window "
        f"of {window:,} are left beside an answer of {task.limits.tokens:,}; set ANSWER_TOKENS lower, or take a model "
        "with a larger window"
    )


def tokens(prompt: Prompt, tokenizer: Any) -> tuple[int, ...]:
    """Return the tokens of a prompt: by the model's chat template, or as plain text with what it begins texts with."""
    if prompt.style == "plain":
        return tuple(tokenizer(prompt.text)["input_ids"])
    text = _rendered(prompt.messages, tokenizer)
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


def _rendered(messages: tuple[Message, ...], tokenizer: Any) -> str:
    from jinja2 import TemplateError

    def render(turns: tuple[Message, ...]) -> str:
        # Models that can think aloud are asked not to; templates that know nothing of that ignore it.
        return str(
            tokenizer.apply_chat_template(
                [{"role": turn.role, "content": turn.content} for turn in turns],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,
            )
        )

    try:
        return render(messages)
    except TemplateError:  # some templates know no system turn: its text then opens the first turn
        if len(messages) < 2 or messages[0].role != "system":
            raise
        opened = replace(messages[1], content=f"{messages[0].content}\n{messages[1].content}")
        return render((opened, *messages[2:]))


def _stable(prompt: Prompt, ids: tuple[int, ...], tokenizer: Any) -> int:
    """Return how many leading tokens stay as they are when all that is not stable in the prompt changes."""
    if prompt.style == "plain":
        other = replace(prompt, text=prompt.text[: prompt.stable] + FILLER)
    else:
        first, *rest = prompt.messages
        kept = replace(first, content=first.content[: prompt.stable])
        other = replace(prompt, messages=(kept, *(replace(turn, content=FILLER) for turn in rest)))
    return common_prefix(ids, tokens(other, tokenizer))


def common_prefix(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Return how many leading tokens two sequences share."""
    shared = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        shared += 1
    return shared


def _left_out(cards: int, there: int, window: int) -> Degraded:
    return Degraded(
        "products in the prompt",
        f"{there} do not fit into the model's window of {window:,} tokens",
        f"the first {cards}" if cards > 1 else "the first one",
    )
