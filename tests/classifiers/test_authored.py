"""Examples that were written for this project."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifiers.annotated import VIOLATION
from classifiers.authored import CORPUS, FILLINGS, GRAMMAR, read_authored
from classifiers.corpora import CorpusError
from rules.load import load_policy

SENTENCES = "person_insult\tdirect_attack\tegy\tيا حمار\n-\thomonym\tmsa\tالحمار حيوان صبور\n"
GRAMMAR_FILE = """
lexicons: {beast: [كلب, حمار]}
templates:
  - {clauses: [person_insult], function: direct_attack, dialect: msa, texts: ["أنت {beast}"]}
"""


def write(folder: Path, sentences: str = SENTENCES, grammar: str = GRAMMAR_FILE) -> Path:
    for name, file, content in (
        ("sentences", "a.tsv", sentences),
        ("grammar", "a.yaml", grammar),
    ):
        (folder / name).mkdir()
        (folder / name / file).write_text(content, "utf-8")
    return folder


def test_sentences_and_fillings_carry_every_clause(tmp_path: Path) -> None:
    found = [(example.text, dict(example.labels)) for example in read_authored(write(tmp_path))]
    attack, fine = {"person_insult": 1, VIOLATION: 1}, {"person_insult": 0, VIOLATION: 0}
    assert found[:2] == [("يا حمار", attack), ("الحمار حيوان صبور", fine)]
    assert sorted(found[2:]) == [("أنت حمار", attack), ("أنت كلب", attack)]


OF_GROUPS = """
groups: {racist_incitement: people, sectarian_incitement: sects}
lexicons:
  people_plural: [أكراد]
  people_singular: [كردي]
  sects_plural: [دروز]
  sects_singular: [درزي]
templates:
  - {clauses: group, function: threat_norm, dialect: msa, texts: ["اطردوا ال{plural}"]}
  - {clauses: [], function: praise, dialect: msa, texts: ["جاري {singular} كريم"]}
"""


def test_a_slot_for_groups_is_filled_with_groups_of_every_kind_and_breaks_their_clause(
    tmp_path: Path,
) -> None:
    filled = read_authored(write(tmp_path, sentences="", grammar=OF_GROUPS))
    broken = {
        example.text: {clause for clause, answer in example.labels.items() if answer}
        for example in filled
    }
    assert broken == {
        "اطردوا الأكراد": {"racist_incitement", VIOLATION},
        "اطردوا الدروز": {"sectarian_incitement", VIOLATION},
        "جاري كردي كريم": set(),
        "جاري درزي كريم": set(),
    }


def test_the_same_seed_fills_the_same(tmp_path: Path) -> None:
    folder = write(tmp_path)
    assert read_authored(folder, seed=1) == read_authored(folder, seed=1)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sentences": "person_insult\tيا حمار\n"}, r"a\.tsv:1: 2 columns"),
        ({"grammar": GRAMMAR_FILE.replace("{beast}", "{bird}")}, "no lexicon"),
        ({"grammar": "- a"}, "begin with"),
        ({"grammar": "a: ["}, "not valid YAML"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, change: dict[str, str], complaint: str) -> None:
    with pytest.raises(CorpusError, match=complaint):
        read_authored(write(tmp_path, **change))


def test_the_shipped_examples_speak_of_the_policys_clauses_on_both_sides() -> None:
    examples = read_authored()
    clauses = set(load_policy().clauses)
    assert all(set(example.labels) == clauses | {VIOLATION} for example in examples)
    for clause in clauses:
        assert sum(example.labels[clause] for example in examples) >= 100
    fine = sum(not example.labels[VIOLATION] for example in examples)
    assert 0.4 < fine / len(examples) < 0.65
    assert {example.corpus for example in examples} == {CORPUS, GRAMMAR}
    assert FILLINGS > 1
