"""Perspective's Comment Analyzer, v1alpha1: requests, answers, and what our verdicts mean in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.characters import Prose
from api.wire.measure import Measure
from api.wire.perspective_errors import refused, unsupported
from moderation.comment import Comment
from moderation.letters import ARABIC
from moderation.policy import Policy
from moderation.span import Span, merge
from moderation.text import Text
from moderation.verdict import Verdict

LONGEST_TEXT: Final = 20 * 1024
"""Longest text, in bytes of UTF-8."""

_INSULT: Final = frozenset(["author_insult", "person_insult"])
_BELIEF: Final = frozenset(["sanctities", "religion_attack", "divine_insult"])
_INCITEMENT: Final = frozenset(["sectarian_incitement", "racist_incitement"])

ATTRIBUTES: Final = {
    "TOXICITY": Measure(),
    "SEVERE_TOXICITY": Measure(rejections=True),
    "INSULT": Measure(_INSULT),
    "PROFANITY": Measure(frozenset(["profanity"])),
    "IDENTITY_ATTACK": Measure(_BELIEF | _INCITEMENT),
    "THREAT": Measure(rules=frozenset(["threatened", "killing-called-for"])),
}
"""What each attribute measures."""

Score = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class _Wire(BaseModel):
    # As in Google's services, a key may be written in camel case or in snake case.
    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class TextEntry(_Wire):
    """A text. Only plain text is judged."""

    text: Prose = Field("", examples=["تحقيق جيد، لكن أين مصادر الكاتب؟"])
    type: Literal["PLAIN_TEXT", "TEXT_TYPE_UNSPECIFIED"] = "PLAIN_TEXT"


class ContextEntry(_Wire):
    """A text of the context, of whatever type."""

    text: Prose = ""


class ArticleAndParent(_Wire):
    """What the comment stands under, and what it answers."""

    article: ContextEntry | None = None
    parent_comment: ContextEntry | None = None


class Context(_Wire):
    """Either what was said before the comment, or the article and the comment that it answers."""

    entries: list[ContextEntry] = []
    article_and_parent_comment: ArticleAndParent | None = None

    def parent(self) -> str | None:
        """The text that the comment answers. Raises Refused for both kinds of context at once."""
        if self.entries and self.article_and_parent_comment:
            raise refused(
                "INVALID_REQUEST",
                "The context has both `entries` and `articleAndParentComment`; send one of them.",
            )
        both = self.article_and_parent_comment
        if both and both.parent_comment:
            return both.parent_comment.text or None
        return self.entries[-1].text or None if self.entries else None


class AttributeAsked(_Wire):
    """How an attribute is wanted; scores under `scoreThreshold` are left out."""

    score_type: Literal["PROBABILITY", "SCORE_TYPE_UNSPECIFIED"] = "PROBABILITY"
    score_threshold: Score = 0.0


class _AnyComment(_Wire):
    comment: TextEntry = TextEntry()
    context: Context | None = None
    languages: list[Annotated[str, Field(max_length=100)]] = Field(
        [], max_length=20, description="Repeated in the answer; the text itself tells its language."
    )
    client_token: Prose | None = Field(None, max_length=1_000)
    community_id: Prose | None = Field(None, max_length=1_000)


class AnalyzeSent(_AnyComment):
    """A comment to be judged. Nothing of it is stored, whatever `doNotStore` says."""

    requested_attributes: dict[str, AttributeAsked] = Field({}, examples=[{"TOXICITY": {}}])
    do_not_store: bool = True
    span_annotations: bool = Field(False, description="Tell which stretches broke a clause.")
    session_id: str | None = None

    def judged(self, longest: int) -> Comment:
        """The value that the engine judges, of `longest` code points at most. Raises Refused."""
        text = said(self.comment, longest)
        if not self.requested_attributes:
            raise refused(
                "NO_REQUESTED_ATTRIBUTES",
                f"No requested attributes; known are {', '.join(ATTRIBUTES)}.",
            )
        _known(self.requested_attributes, text)
        return Comment(
            id="perspective", text=text, parent=self.context.parent() if self.context else None
        )


class ScoreSent(_Wire):
    """A number."""

    value: Score


class SpanSent(_Wire):
    """A number for a stretch of the text."""

    begin: int = 0
    end: int = 0
    score: ScoreSent | None = None


class AttributeSuggested(_Wire):
    """What an attribute should be."""

    summary_score: ScoreSent | None = None
    span_scores: list[SpanSent] = []


class SuggestSent(_AnyComment):
    """What the scores of a comment should be, as its moderators see it: 0 fine, 1 not."""

    attribute_scores: dict[Annotated[str, Field(max_length=100)], AttributeSuggested] = Field(
        {}, max_length=50, examples=[{"TOXICITY": {"summaryScore": {"value": 1}}}]
    )

    def scores(self) -> dict[str, float]:
        """The suggested number of each attribute. Raises Refused where there is none, and for an
        attribute that is not known."""
        _known(self.attribute_scores, self.comment.text)
        told = {
            attribute: suggested.summary_score.value
            for attribute, suggested in self.attribute_scores.items()
            if suggested.summary_score
        }
        if not told:
            raise refused(
                "NO_REQUESTED_ATTRIBUTES",
                'No attribute scores; send {"TOXICITY": {"summaryScore": {"value": 1}}}.',
            )
        return told


class ScoreTold(_Wire):
    """A number, 0..1."""

    value: float
    type: Literal["PROBABILITY"] = "PROBABILITY"


class SpanTold(_Wire):
    """A stretch of the text in UTF-16 units, its end exclusive, and its number."""

    begin: int
    end: int
    score: ScoreTold


class AttributeTold(_Wire):
    """One attribute of a comment."""

    span_scores: list[SpanTold]
    summary_score: ScoreTold


class AnalyzeTold(_Wire):
    """The attributes that reach their thresholds."""

    attribute_scores: dict[str, AttributeTold]
    languages: list[str]
    detected_languages: list[str]
    client_token: str | None = None


class SuggestTold(_Wire):
    """The suggestion was taken."""

    detected_languages: list[str]
    requested_languages: list[str]
    client_token: str | None = None


def said(entry: TextEntry, longest: int) -> str:
    """The text to judge. Raises Refused for one that says nothing or is too long."""
    if not Text(entry.text).folded.text.strip():
        raise refused("COMMENT_EMPTY", "The comment has no text.")
    size = len(entry.text.encode("utf-8", "surrogatepass"))
    if size > LONGEST_TEXT or len(entry.text) > longest:
        raise refused(
            "COMMENT_TOO_LONG",
            f"The comment has {len(entry.text)} characters in {size} bytes; at most {longest} "
            f"characters and {LONGEST_TEXT} bytes are judged.",
        )
    return entry.text


def languages_of(text: str) -> list[str]:
    """Arabic where there is one Arabic letter, else undetermined (BCP 47): Latin letters may be
    Arabic too."""
    return ["ar" if any(ARABIC[ord(character)] for character in text) else "und"]


def analyzed(sent: AnalyzeSent, text: str, verdict: Verdict, policy: Policy) -> AnalyzeTold:
    """The answer to a request."""
    scores: dict[str, AttributeTold] = {}
    for attribute, asked in sent.requested_attributes.items():
        measure = ATTRIBUTES[attribute]
        value = measure.of(verdict, policy)
        if value < asked.score_threshold:
            continue
        spans = list(_spans(measure, text, verdict, policy)) if sent.span_annotations else []
        scores[attribute] = AttributeTold(
            span_scores=spans or [_span(Text(text), Span(0, len(text)), value)],
            summary_score=ScoreTold(value=value),
        )
    detected = languages_of(text)
    return AnalyzeTold(
        attribute_scores=scores,
        languages=sent.languages or detected,
        detected_languages=detected,
        client_token=sent.client_token,
    )


def suggested(sent: SuggestSent) -> SuggestTold:
    """The answer to a suggestion."""
    return SuggestTold(
        detected_languages=languages_of(sent.comment.text),
        requested_languages=sent.languages,
        client_token=sent.client_token,
    )


def _known(attributes: Iterable[str], text: str) -> None:
    """Raises Refused for an attribute that is none."""
    for attribute in attributes:
        if attribute not in ATTRIBUTES:
            raise unsupported(attribute, languages_of(text))


def _spans(measure: Measure, original: str, verdict: Verdict, policy: Policy) -> Iterator[SpanTold]:
    """What broke a clause, each stretch with the highest number of the reasons that name it."""
    text = Text(original)
    numbers = [
        (span, measure.of_reason(reason, policy))
        for reason in measure.reasons(verdict)
        for span in reason.spans
    ]
    for whole in merge(span for span, _ in numbers):
        value = max(number for span, number in numbers if span.overlaps(whole))
        yield _span(text, whole, value)


def _span(text: Text, span: Span, value: float) -> SpanTold:
    return SpanTold(
        begin=text.utf16(span.start), end=text.utf16(span.end), score=ScoreTold(value=value)
    )
