"""What a rule file may say. `docs/rules.md` teaches it; `moderation rules schema` prints it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticKnownError

from moderation.policy import Wording
from moderation.throttle import Throttle
from rules.sentence import sentence

Tolerance = Literal["strict", "folded", "joined", "substituted", "arabizi"]
Clitics = Literal["all", "prefix", "suffix", "none"]
Side = Literal["before", "after", "either"]
Named = Literal["author", "person"]
Severity = Literal["grave", "serious", "mild", "hint"]

SEVERITY_SCORES: Final[dict[Severity, float]] = {
    "grave": 0.95,
    "serious": 0.75,
    "mild": 0.5,
    "hint": 0.25,
}
"""The score of a finding, by the severity of its rule. The policy says what each score does."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
Reference = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)?$")]
TermText = Annotated[str, Field(min_length=1, max_length=200)]


def _moment(value: object) -> datetime:
    """The moment that a date or a time with its zone names; a date ends with its day, in UTC."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("add the time zone: `2027-01-31T18:00:00+03:00`")
        # YAML readers have datetimes of their own.
        return datetime.fromtimestamp(value.timestamp(), UTC)
    if isinstance(value, date) and value < date.max:
        return datetime.combine(value, time(), UTC) + timedelta(days=1)
    raise ValueError("write a date, `2027-01-31`, or a time, `2027-01-31T18:00:00+03:00`")


Expiry = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
            ],
            "examples": ["2027-01-31"],
        }
    ),
]


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Description(Wording):
    """What a pack or a rule is for, in Arabic and English.

    A file may give one text in place of the two: it stands for both.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    def __str__(self) -> str:
        return self.en if self.ar == self.en else f"{self.en} | {self.ar}"


def _as_description(value: object) -> object:
    if isinstance(value, dict | Description):
        return value
    if value is None or isinstance(value, list):
        raise ValueError("a text is expected, or one in each language: `{ ar: ..., en: ... }`")
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if not value.strip():
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return {"ar": value, "en": value}


Described = Annotated[Description, BeforeValidator(_as_description)]


class Term(_Declared):
    """One term with options of its own, where a plain string would not do."""

    term: TermText
    clitics: Clitics | None = None
    tolerance: tuple[Tolerance, ...] | None = None


def _as_term(value: object) -> object:
    return {"term": value} if isinstance(value, str) else value


TermEntry = Annotated[Term, BeforeValidator(_as_term)]
Terms = Annotated[
    tuple[TermEntry, ...], BeforeValidator(_one_or_many), Field(min_length=1, max_length=20_000)
]
Names = Annotated[tuple[Reference, ...], BeforeValidator(_one_or_many), Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_one_or_many), Field(min_length=1)]


class Range(_Declared):
    """Bounds, both inclusive; at least one of them."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_a_bound(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give `at_least`, `at_most` or both")
        return self

    def holds(self, value: float) -> bool:
        """Whether a value lies within the bounds."""
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


class ScoreRange(Range):
    """Bounds for the classifier's probability (0..1) of one label."""

    label: str


class AtLeast(_Declared):
    """Holds when `count` of the conditions hold."""

    count: Annotated[int, Field(ge=1)]
    of: Annotated[tuple[Condition, ...], Field(min_length=1)]


class Near(_Declared):
    """Holds when every condition matches with at most `within` words between neighbours.

    `ordered` asks for the written order.
    """

    of: Annotated[tuple[Condition, ...], Field(min_length=2, max_length=5)]
    within: Annotated[int, Field(ge=0, le=30)] = 3
    ordered: bool = False


OPERATORS: Final = (
    "word", "stem", "phrase", "contains", "regex", "emoji", "list", "any", "all", "none",
    "at_least", "near", "named", "quoted", "score", "article", "section", "tag", "parent",
    "reply", "length", "links", "author", "newcomer", "repeated",
)  # fmt: skip
"""The keys of which a condition has exactly one."""


def _together(names: Sequence[str]) -> str:
    if not names:
        return "none"
    first, second = ", ".join(names[:-1]), names[-1]
    return sentence("{first} and {second}", first=first, second=second) if first else second


class Condition(_Declared):
    """One condition: exactly one operator, with the options that it takes.

    Of words: `word` (whole word, attached clitics allowed), `stem` (a word that begins so),
    `phrase` (words in order, `gap` words may stand between two of them), `contains` (letters
    anywhere), `regex` (RE2, over the folded text), `emoji`, `list` (a named list).
    Of conditions: `any`, `all`, `none`, `at_least`, `near`.
    Of the context: `named` (the article's author, or a person whom the article names, is named),
    `quoted` (the words stand between quotation marks), `score`, `article`, `section`, `tag`,
    `parent`, `reply`, `length` (characters), `links`, `author` (ids of commenters), `newcomer`
    (one of the commenter's first comments), `repeated` (how often the same text came within a day,
    this time included). A condition on a context that is not known does not hold.
    """

    word: Terms | None = None
    stem: Terms | None = None
    phrase: Terms | None = None
    contains: Terms | None = None
    regex: Texts | None = None
    emoji: Texts | None = None
    list: Names | None = None
    any: tuple[Condition, ...] | None = None
    all: tuple[Condition, ...] | None = None
    none: tuple[Condition, ...] | None = None
    at_least: AtLeast | None = None
    near: Near | None = None
    named: Named | None = None
    quoted: Literal[True] | None = None
    score: ScoreRange | None = None
    article: bool | None = None
    section: Texts | None = None
    tag: Texts | None = None
    parent: Condition | None = None
    reply: bool | None = None
    length: Range | None = None
    links: Range | None = None
    author: Texts | None = None
    newcomer: bool | None = None
    repeated: Range | None = None

    clitics: Clitics | None = None
    tolerance: tuple[Tolerance, ...] | None = None
    gap: Annotated[int, Field(ge=0, le=5)] = 0

    @model_validator(mode="after")
    def _has_one_operator(self) -> Self:
        given = [name for name in OPERATORS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                sentence(
                    "a condition has exactly one operator, this one has {found}; "
                    "combine several with `all` or `any`",
                    found=_together([f"`{name}`" for name in given]),
                )
            )
        return self

    @property
    def operator(self) -> str:
        """The one operator that is given."""
        return next(name for name in OPERATORS if getattr(self, name) is not None)


class Frame(Condition):
    """A condition that must stand near a match: in its sentence, within so many words of it.

    `side` says where, seen from the match; `within` counts the words between. `sentence: false`
    looks across sentence ends too.
    """

    within: Annotated[int, Field(ge=0, le=50)] | None = None
    side: Side = "either"
    sentence: bool = True


Frames = tuple[Frame, ...]


class TermList(_Declared):
    """A named list of terms, inline or one a line in a text file beside the pack."""

    description: str = ""
    match: Literal["word", "stem", "phrase", "contains"] = "word"
    terms: Terms | None = None
    file: str | None = None
    clitics: Clitics = "all"
    tolerance: tuple[Tolerance, ...] | None = None
    gap: Annotated[int, Field(ge=0, le=5)] = 0

    @model_validator(mode="after")
    def _has_terms(self) -> Self:
        if self.terms is None and self.file is None:
            raise ValueError("a list needs `terms`, `file` or both")
        return self


class ExampleArticle(_Declared):
    """The article of an example."""

    title: str = ""
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


class Example(_Declared):
    """A text with the context that its rule asks for."""

    text: str
    article: ExampleArticle | None = None
    parent: str | None = None
    scores: dict[str, float] = {}
    author: str | None = None
    newcomer: bool | None = None
    repeats: int | None = None
    mention: bool | None = None


def _as_example(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


Examples = tuple[Annotated[Example, BeforeValidator(_as_example)], ...]


class RuleExamples(_Declared):
    """What a rule must match and what it must not. Checked whenever rules are checked."""

    match: Annotated[Examples, Field(min_length=1)]
    no_match: Annotated[Examples, Field(min_length=1)]


class Rule(_Declared):
    """One rule: when it holds, which clause is broken, how gravely.

    `unless` frames cancel a match; `mention` frames mark it as mention, which the policy lowers.
    Frames of the pack hold for its rules too, unless the rule gives its own. A `shadow` rule is
    recorded and decides nothing; a rule with a `throttle` acts only where it matches often; one
    that `expires` decides nothing afterwards.
    """

    id: Name
    description: Described
    clause: Annotated[str, Field(min_length=1)]
    severity: Severity
    message: Wording | None = None
    enabled: bool = True
    shadow: bool = False
    throttle: Throttle | None = None
    expires: Expiry | None = None
    when: Condition
    unless: Frames | None = None
    mention: Frames | None = None
    examples: RuleExamples


class Pack(_Declared):
    """One rule file."""

    pack: Name
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    language: str = "ar"
    description: Described
    lists: dict[Name, TermList] = {}
    unless: Frames = ()
    mention: Frames = ()
    rules: tuple[Rule, ...] = ()
