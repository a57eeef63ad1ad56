"""A runbook's text as what is shown: prose as HTML, steps with their marks and buttons.

Markdown is rendered by markdown-it with raw HTML off, so whatever an author types arrives as text. Links lead within
the console or to https, and pictures are not shown: a page about a failure fetches nothing from elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from exceptions.runbooks.states import SafeAction

_STEP = re.compile(r"^ {0,3}[-*] \[[ xX]\] +(?P<text>\S.*)$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_BUTTON = re.compile(r"\s*\{(?P<action>[a-z-]+)(?: +(?P<target>[a-z0-9_-]+))?\}\s*$")
_MARK_LENGTH = 16
#: Under the page's own heading and the card's.
_FIRST_HEADING = 3


@dataclass(frozen=True, slots=True)
class Prose:
    html: str


@dataclass(frozen=True, slots=True)
class Step:
    """`mark` tells it from others, `text` is it without its button; `target` names a system or feed, if it does."""

    mark: str
    text: str
    html: str
    action: SafeAction | None = None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    steps: tuple[Step, ...]


Block = Prose | Steps


def read(body: str) -> list[Block]:
    """The text in its order. Lines of steps that follow one another are one list."""
    blocks: list[Block] = []
    seen: Counter[str] = Counter()
    for is_steps, lines in _parts(body):
        if is_steps:
            blocks.append(Steps(tuple(_step(line, seen) for line in lines)))
        elif any(line.strip() for line in lines):
            blocks.append(Prose(_prose("\n".join(lines))))
    return blocks


def steps_of(body: str) -> list[Step]:
    return [step for block in read(body) if isinstance(block, Steps) for step in block.steps]


def unknown_actions(body: str) -> list[str]:
    """What stands in braces at the end of a step and is no action."""
    texts = [line for is_steps, lines in _parts(body) if is_steps for line in lines]
    named = [match["action"] for match in map(_BUTTON.search, texts) if match]
    return sorted(set(named) - set(SafeAction.values))


def _parts(body: str) -> Iterator[tuple[bool, list[str]]]:
    """Runs of lines, and whether they are steps. A step goes on over indented lines; code is never a step."""
    steps: list[str] = []
    prose: list[str] = []
    in_code = False
    for line in body.replace("\r\n", "\n").split("\n"):
        in_code ^= bool(_FENCE.match(line))
        found = None if in_code else _STEP.match(line)
        if found:
            if prose:
                yield False, prose
                prose = []
            steps.append(found["text"])
        elif steps and line.startswith("  ") and line.strip():
            steps[-1] += " " + line.strip()
        elif steps and not line.strip():
            continue
        else:
            if steps:
                yield True, steps
                steps = []
            prose.append(line)
    if steps:
        yield True, steps
    if prose:
        yield False, prose


def _step(line: str, seen: Counter[str]) -> Step:
    """`seen` counts texts: one that stands twice is two steps."""
    found = _BUTTON.search(line)
    known = found is not None and found["action"] in SafeAction.values
    text = line[: found.start()].strip() if found and known else line.strip()
    plain = " ".join(text.split()).casefold()
    seen[plain] += 1
    return Step(
        mark=hashlib.sha256(f"{plain}|{seen[plain]}".encode()).hexdigest()[:_MARK_LENGTH],
        text=text,
        html=_markdown().renderInline(text),
        action=SafeAction(found["action"]) if found and known else None,
        target=(found["target"] or "") if found and known else "",
    )


def _prose(text: str) -> str:
    markdown = _markdown()
    tokens = markdown.parse(text)
    _fit_headings(tokens)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _fit_headings(tokens: Sequence[Token]) -> None:
    """Headings begin below the card's own and leave no level out, whatever levels the author used."""
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(_FIRST_HEADING + used.index(token.tag), 6)}"


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    made.validateLink = _leads_somewhere_safe  # type: ignore[method-assign]
    return made


def _leads_somewhere_safe(url: str) -> bool:
    return url.startswith("https://") or (url.startswith(("/", "#")) and not url.startswith("//"))
