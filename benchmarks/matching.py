"""How matching scales with the number of terms: `python benchmarks/matching.py`.

Prints the median time of matching one 150-character comment against packs of 100, 1,000 and 10,000
terms, and beside it, in the same run, one alternation in the standard library's `re`.
"""

from __future__ import annotations

import random
import re
import tempfile
from functools import partial
from pathlib import Path

from timing import median_microseconds
from views import COMMENT

from moderation.comment import Comment
from moderation.text import Text, fold
from rules.load import load_rules
from rules.ruleset import RuleSet

LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def rule_set(terms: list[str]) -> RuleSet:
    pack = (
        "pack: bench\nversion: 1.0.0\ndescription: generated\n"
        "lists: {terms: {file: terms.txt}}\n"
        "rules:\n  - id: any\n    description: any\n    clause: profanity\n    severity: mild\n"
        "    when: {list: terms}\n    examples: {match: [x], no_match: [y]}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bench.yaml").write_text(pack, "utf-8")
        (Path(folder) / "terms.txt").write_text("\n".join(terms), "utf-8")
        return load_rules(Path(folder))


def match(rules: RuleSet) -> None:
    comment = Comment(id="1", text=COMMENT)
    rules.match(comment, Text(COMMENT)).findings({})


def main() -> None:
    choose = random.Random(0)  # noqa: S311
    terms = ["".join(choose.choices(LETTERS, k=choose.randint(4, 8))) for _ in range(10_000)]
    folded = fold(COMMENT)
    for count in (100, 1_000, 10_000):
        ours = median_microseconds(partial(match, rule_set(terms[:count])))
        pattern = re.compile("|".join(map(re.escape, terms[:count])))
        theirs = median_microseconds(partial(pattern.search, folded), rounds=5)
        print(
            f"{count:6} terms   ours {ours:8.1f} us   re alone {theirs:10.1f} us   "
            f"re/ours {theirs / ours:6.1f}"
        )


if __name__ == "__main__":
    main()
