"""Sentences in English that can be told in another language too."""

from __future__ import annotations

from collections.abc import Mapping


class Foreign(str):
    """What another program says, the system or a parser: it stays in English in every language."""

    __slots__ = ()


class Sentence(str):
    """A text that remembers the template and the values that it was made of.

    To whoever does not know better it is the English text. A value may be a sentence itself.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Sentence:
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        return self.template, self.values


def sentence(template: str, **values: object) -> Sentence:
    """The template with its values put in, as `str.format` does.

    A sentence without values needs none of this: its text is its own template.
    """
    return Sentence(template, values)
