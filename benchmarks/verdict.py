"""How long one whole verdict takes, in process: `python benchmarks/verdict.py`.

Judges comments of 120 characters, made of the shipped authored sentences drawn by chance, two in
five of them attacks, with the shipped rules, policy and model, and prints the median and the 95th
percentile, of all and by what became of them; beside them, in the same run, a plain scikit-learn
Pipeline (TF-IDF of character 2-5-grams and logistic regression, one label) trained on the same
sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from statistics import quantiles
from time import perf_counter

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from api.wiring import default_engine, settle
from classifiers.annotated import VIOLATION
from classifiers.authored import CORPUS, read_authored
from classifiers.corpora import Example
from moderation.comment import Comment
from moderation.verdict import Action

LENGTH = 120
COMMENTS = 2000
SEED = 1


def comments(sentences: Sequence[Example]) -> Iterator[str]:
    """Sentences of one kind put together until they have the length."""
    for broken in (0, 1):
        together = ""
        for sentence in sentences:
            if sentence.labels[VIOLATION] == broken:
                together = f"{together} {sentence.text}".strip()
                if len(together) >= LENGTH:
                    yield together[:LENGTH]
                    together = ""


def pipeline(sentences: Sequence[Example]) -> Pipeline:
    plain = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)), LogisticRegression(max_iter=200)
    )
    answers = [sentence.labels[VIOLATION] for sentence in sentences]
    return plain.fit([sentence.text for sentence in sentences], answers)


def microseconds(work: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """How long each text takes, once, after a warm-up."""
    for text in texts[:100]:
        work(text)
    taken: list[float] = []
    for text in texts:
        began = perf_counter()
        work(text)
        taken.append((perf_counter() - began) * 1e6)
    return taken


def told(name: str, taken: Sequence[float]) -> float:
    """Prints the median and the 95th percentile, and returns the median."""
    shares = quantiles(taken, n=100)
    print(f"{name:28} {len(taken):5}  p50 {shares[49]:7.0f} us   p95 {shares[94]:7.0f} us")
    return shares[49]


def main() -> None:
    sentences = [example for example in read_authored() if example.corpus == CORPUS]
    random = Random(SEED)  # noqa: S311
    random.shuffle(sentences)
    texts = list(comments(sentences))
    random.shuffle(texts)
    del texts[COMMENTS:]
    engine = default_engine()
    plain = pipeline(sentences)
    # As every server does once it has loaded: a collector's round over rules and model halts it.
    settle()
    ours = microseconds(lambda text: engine.judge(Comment(id="1", text=text)), texts)
    theirs = microseconds(lambda text: plain.predict_proba([text]), texts)
    actions = [engine.judge(Comment(id="1", text=text)).action for text in texts]
    print(f"{len(texts)} comments of {LENGTH} characters")
    half = told("whole verdict", ours)
    for action in Action:
        taken = [time for time, became in zip(ours, actions, strict=True) if became is action]
        if len(taken) > 1:
            told(f"  {action.value}", taken)
    plain_half = told("plain Pipeline, one label", theirs)
    print(f"Pipeline / whole verdict, p50: {plain_half / half:.2f}")


if __name__ == "__main__":
    main()
