"""OpenAI's moderations: requests, answers, and what our verdicts mean in its categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api import metrics
from api.characters import unsuited
from api.complaints import complaint
from api.faces import CommenterVerdict, ModeratorVerdict
from api.problems import RETRY_SECONDS, Problem, SafeJSONResponse
from api.wire.dialect import Failure
from api.wire.measure import Measure
from moderation.policy import Policy
from moderation.store import StoreUnavailable
from moderation.verdict import Action, Verdict

_BELIEF_AND_INCITEMENT: Final = frozenset(
    "sanctities religion_attack divine_insult sectarian_incitement racist_incitement".split()
)

CATEGORIES: Final = {
    "harassment": Measure(excluded=_BELIEF_AND_INCITEMENT),
    "harassment/threatening": Measure(rules=frozenset(["threatened"])),
    "hate": Measure(_BELIEF_AND_INCITEMENT),
    "hate/threatening": Measure(rules=frozenset(["killing-called-for"])),
}
"""What each category measures. `harassment` takes every clause that `hate` does not, those that a
site adds included, so that whatever is flagged has a category."""

UNJUDGED: Final = (
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""Categories of which the terms say nothing: never flagged, 0, and applied to no input."""


class TextPart(BaseModel):
    """A text."""

    type: Literal["text"]
    text: str


class ImageAddress(BaseModel):
    """Where an image lies."""

    url: str


class ImagePart(BaseModel):
    """An image. Images are not judged: a request with one is refused."""

    type: Literal["image_url"]
    image_url: ImageAddress


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]


class ModerationSent(BaseModel):
    """One text, several texts, or the parts of one."""

    input: (
        str | Annotated[list[str], Field(min_length=1)] | Annotated[list[Part], Field(min_length=1)]
    ) = Field(examples=["تحقيق جيد، لكن أين مصادر الكاتب؟"])
    model: str | None = Field(None, description="Any; the site's own rules and model judge.")

    def texts(self, most: int, longest: int) -> list[str]:
        """The texts to judge, one for each result. Raises Refused."""
        if isinstance(self.input, str):
            texts = [self.input]
        elif any(isinstance(part, ImagePart) for part in self.input):
            raise Refused(400, "Images are not judged; send text alone.", "input", "no_images")
        else:
            strings = [part for part in self.input if isinstance(part, str)]
            parts = [part.text for part in self.input if isinstance(part, TextPart)]
            texts = strings or ["\n".join(parts)]
        if len(texts) > most:
            raise Refused(400, f"{len(texts)} texts; at most {most} in one request.", "input")
        for index, text in enumerate(texts):
            if told := unsuited(text):
                raise Refused(400, f"Text {index}: {told}.", "input", "invalid_string")
            if len(text) > longest:
                told = f"Text {index} has {len(text)} characters; at most {longest} are judged."
                raise Refused(400, told, "input", "string_above_max_length")
        return texts


class ResultTold(BaseModel):
    """The verdict on one text; `moderation` has our own form of it, with clauses and spans."""

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[str]]
    moderation: ModeratorVerdict | CommenterVerdict


class ModerationTold(BaseModel):
    """The verdicts, in the order of the texts."""

    id: str = Field(examples=["modr-5d3f"])
    model: str
    results: list[ResultTold]


class ModerationError(BaseModel):
    """One error."""

    message: str
    type: str
    param: str | None
    code: str | None


class ModerationFailure(BaseModel):
    """The body of every error."""

    error: ModerationError


class Refused(HTTPException):
    """Raised by a route to answer with an error of OpenAI's form."""

    def __init__(
        self,
        status: int,
        message: str,
        param: str | None = None,
        code: str | None = None,
        *,
        kind: str = "invalid_request_error",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.error = ModerationError(message=message, type=kind, param=param, code=code)


def result(
    verdict: Verdict, policy: Policy, face: ModeratorVerdict | CommenterVerdict
) -> ResultTold:
    """One result. `flagged` is what is not allowed."""
    scores = dict.fromkeys([*CATEGORIES, *UNJUDGED], 0.0)
    flagged = dict.fromkeys(scores, False)
    applied: dict[str, list[str]] = {category: [] for category in scores}
    for category, measure in CATEGORIES.items():
        scores[category] = measure.of(verdict, policy)
        flagged[category] = any(measure.reasons(verdict))
        applied[category] = ["text"]
    return ResultTold.model_construct(
        flagged=verdict.action is not Action.ALLOW,
        categories=flagged,
        category_scores=scores,
        category_applied_input_types=applied,
        moderation=face,
    )


def moderated(results: Sequence[ResultTold], verdict: Verdict) -> ModerationTold:
    """The answer. `model` names the rules and the classifier that judged."""
    versions = verdict.versions
    return ModerationTold.model_construct(
        id=f"modr-{uuid4().hex}",
        model=f"moderation-{versions.rules}-{versions.model or 'rules-alone'}",
        results=list(results),
    )


def tell(failure: Failure) -> Response:
    """Any failure of a route in OpenAI's form."""
    refused = _refused(failure)
    return SafeJSONResponse(
        {"error": refused.error.model_dump()},
        status_code=refused.status_code,
        headers=refused.headers,
    )


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the errors that a route may answer."""
    return {
        status: {"model": ModerationFailure, "description": HTTPStatus(status).phrase}
        for status in statuses
    }


def _refused(failure: Failure) -> Refused:
    if isinstance(failure, Refused):
        return failure
    if isinstance(failure, StoreUnavailable):
        metrics.STORE_ERRORS.inc()
        headers = {"Retry-After": str(RETRY_SECONDS)}
        message = "The store cannot be reached; send it again."
        return Refused(503, message, kind="server_error", headers=headers)
    if isinstance(failure, RequestValidationError):
        return _invalid(failure)
    codes = {401: "invalid_api_key", 403: "insufficient_permissions"}
    detail = failure.content.get("detail") if isinstance(failure, Problem) else None
    return Refused(
        failure.status_code,
        f"{failure.detail}. {detail}" if detail else failure.detail,
        code=codes.get(failure.status_code),
        headers=failure.headers,
    )


def _invalid(failure: RequestValidationError) -> Refused:
    # What was sent is not repeated: it may be long, and it is a commenter's.
    error = failure.errors()[0]
    if error["type"] == "json_invalid":
        return Refused(400, f"The body is not JSON: {error['ctx']['error']}.")
    where = error["loc"][1] if len(error["loc"]) > 1 else None
    if where == "input":
        told = (
            "`input` is a string, a list of strings, or a list of parts "
            '{"type": "text", "text": …}; lists are not empty.'
        )
        return Refused(400, told, "input")
    return Refused(400, f"{where or 'The body'}: {complaint(error)}.", where and str(where))
