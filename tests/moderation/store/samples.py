"""Comments and verdicts to submit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from moderation.comment import Article, Comment
from moderation.finding import Finding, Source
from moderation.span import Span
from moderation.verdict import Action, Reason, Verdict, Versions

ARTICLE = Article(
    title="قوات الأمن تفكك خلية متطرفة",
    authors=("كاتب المقال",),
    id="a-1",
    url="https://news.example/a-1",
    section="أمن",
    tags=("إرهاب",),
)


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def comment(identifier: str = "c-1", text: str = "يا كلب", article: Article = ARTICLE) -> Comment:
    return Comment(id=identifier, text=text, article=article, author="قارئ", parent="تعليق سابق")


def verdict(
    action: Action = Action.FLAG, *clauses: str, score: float = 0.7, model: str | None = "m-1"
) -> Verdict:
    if not clauses and action is not Action.ALLOW:
        clauses = ("person_insult",)
    reasons = tuple(
        Reason(
            clause=clause,
            action=action,
            source=Source("rule", "insults/dog", "1.0"),
            score=score,
            spans=(Span(3, 6),),
            evidence=("كلب",),
        )
        for clause in clauses
    )
    shadow = Finding("profanity", 0.25, Source("model", "profanity", "m-1"), shadow=True)
    return Verdict(
        action=action,
        reasons=reasons,
        scores={"abusive": 0.125},
        versions=Versions("r-1", "p-1", model),
        degraded=model is None,
        shadow=(shadow,),
        seconds=0.0003,
    )


ALLOWED = verdict(Action.ALLOW)
FLAGGED = verdict(Action.FLAG)
REJECTED = verdict(Action.REJECT, "profanity", score=1.0)
