"""How long one whole verdict takes, in process: `python benchmarks/verdict.py`.

Judges comments of 120 characters, made of the shipped authored sentences, with the shipped rules,
policy and model, and prints the median and the 95th percentile; beside them, in the same run, a
plain scikit-learn Pipeline (TF-IDF of character 2-5-grams and logistic regression, one label)
trained on the same sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

LENGTH = 120
COMMENTS = 2000


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


def microseconds(work: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """The median and the 95th percentile over the texts, each timed once after a warm-up."""
    for text in texts[:100]:
        work(text)
    taken: list[float] = []
    for text in texts:
        began = perf_counter()
        work(text)
        taken.append((perf_counter() - began) * 1e6)
    shares = quantiles(taken, n=100)
    return shares[49], shares[94]


def main() -> None:
    sentences = [example for example in read_authored() if example.corpus == CORPUS]
    texts = list(comments(sentences))[:COMMENTS]
    engine = default_engine()
    plain = pipeline(sentences)
    # As every server does once it has loaded: a collector's round over rules and model halts it.
    settle()
    ours = microseconds(lambda text: engine.judge(Comment(id="1", text=text)), texts)
    theirs = microseconds(lambda text: plain.predict_proba([text]), texts)
    print(f"{len(texts)} comments of {LENGTH} characters")
    for name, (half, most) in (("whole verdict", ours), ("plain Pipeline, one label", theirs)):
        print(f"{name:28} p50 {half:7.0f} us   p95 {most:7.0f} us")
    print(f"Pipeline / whole verdict, p50: {theirs[0] / ours[0]:.2f}")


if __name__ == "__main__":
    main()
