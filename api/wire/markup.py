"""HTML as the text that a reader sees."""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BREAKS: Final = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table td th tr ul".split()
)
_UNSEEN: Final = frozenset(["head", "noscript", "script", "style", "template", "-comment"])


def visible_text(markup: str) -> str:
    """The text of an HTML fragment, a line for each block, as a browser reads it.

    Elements within a line leave no gap, so that `ك<b>ل</b>ب` is one word, as it is shown. Deep
    nesting takes long (20,000 characters of it 15 ms, ten times as many a hundred times as long):
    limit the length before.
    """
    root = LexborHTMLParser(markup).root
    parts = _parts(root) if root else []
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _parts(root: LexborNode) -> list[str]:
    parts: list[str] = []
    # Nodes still to be entered, and those to be left; a comment may nest deeper than Python calls.
    pending: list[tuple[LexborNode, bool]] = [(root, True)]
    while pending:
        node, entering = pending.pop()
        if node.tag in _BREAKS:
            parts.append("\n")
        if not entering or node.tag in _UNSEEN:
            continue
        if node.tag == "-text":
            # Lines of the source are not lines of the page.
            parts.append((node.text_content or "").replace("\n", " "))
            continue
        pending.append((node, False))
        children = list(node.iter(include_text=True))
        pending.extend((child, True) for child in reversed(children))
    return parts
