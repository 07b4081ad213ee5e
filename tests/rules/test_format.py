"""The canonical form of rule files: the same meaning, the same comments, and no second change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.comment import Comment
from moderation.text import Text
from rules.errors import RulesError
from rules.format import format_file, formatted
from rules.load import DEFAULT_PACKS, load_rules
from rules.model import TermList
from rules.source import Source
from tests.rules.conftest import HEAD

UNTIDY = """\
# The head of the file.
version: 1.0.0
pack: untidy
description: "a pack"
rules:
- severity: grave   # why it is grave
  id: r
  clause: 'profanity'
  description: { en: "one: two", ar: 'واحد' }
  when: { word: ["كلب", 'حمار'] }
  examples:
    no_match: [جمل]
    match:
    - كلب
"""
TIDY = """\
# The head of the file.
pack: untidy
version: 1.0.0
description: a pack
rules:
  - id: r
    description: {ar: واحد, en: 'one: two'}
    clause: profanity
    severity: grave    # why it is grave
    when: {word: [كلب, حمار]}
    examples:
      match:
        - كلب
      no_match: [جمل]
"""


def test_keys_quotes_and_indentation_become_one_form(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(UNTIDY, "utf-8")
    assert format_file(path, write=False)
    assert path.read_text("utf-8") == UNTIDY
    assert format_file(path, write=True)
    assert re.sub(" +#", " #", path.read_text("utf-8")) == re.sub(" +#", " #", TIDY)
    assert not format_file(path, write=True)


def test_long_lists_are_wrapped_between_terms(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    terms = ", ".join(["ابن كلب", "{term: حمار, clitics: none}", '"a, b"'] * 12)
    path.write_text(HEAD + f"lists:\n  l:\n    terms: [{terms}]\n", "utf-8")
    before = Source.open(path).tree
    content = formatted(Source.open(path))
    assert max(map(len, content.splitlines())) <= 100
    path.write_text(content, "utf-8")
    assert Source.open(path).tree == before


def test_a_file_that_is_no_pack_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("pack: x\nrules: 3\n", "utf-8")
    with pytest.raises(RulesError):
        format_file(path, write=True)
    assert path.read_text("utf-8") == "pack: x\nrules: 3\n"


def test_every_key_of_a_list_has_its_place(tmp_path: Path) -> None:
    given_keys = {
        "description": "d", "match": "word", "clitics": "all", "tolerance": "[folded]", "gap": "0",
        "file": "terms.txt", "terms": "[كلب]",
    }  # fmt: skip
    assert set(given_keys) == set(TermList.model_fields)
    lines = "".join(f"    {key}: {value}\n" for key, value in reversed(given_keys.items()))
    path = tmp_path / "pack.yaml"
    path.write_text(HEAD + f"lists:\n  l:\n{lines}", "utf-8")
    written = re.findall(r"^    (\w+):", formatted(Source.open(path)), re.MULTILINE)
    assert written == list(given_keys)


@pytest.mark.parametrize("path", sorted(DEFAULT_PACKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_packs_have_it(path: Path) -> None:
    assert not format_file(path, write=False)


TEXTS = st.text("كلب حمار:#'\"-[]{},&*!|>%@`\n", min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and any(letter.isalpha() for letter in text)
)


@settings(max_examples=60, deadline=None)
@given(terms=st.lists(TEXTS, min_size=1, max_size=40), text=TEXTS, spaces=st.integers(1, 6))
def test_formatting_twice_is_formatting_once_and_means_the_same(
    tmp_path_factory: pytest.TempPathFactory, terms: list[str], text: str, spaces: int
) -> None:
    quoted = ",".join(f'"{term}"' for term in map(_escaped, terms))
    body = (
        f"rules:\n{' ' * spaces}- when: {{word: [{quoted}]}}   # a comment\n"
        f"{' ' * spaces}  severity: mild\n{' ' * spaces}  id: r\n"
        f"{' ' * spaces}  clause: profanity\n{' ' * spaces}  description: d\n"
        f'{" " * spaces}  examples: {{match: ["{_escaped(text)}"], no_match: [x]}}\n'
    )
    folder = tmp_path_factory.mktemp("packs")
    path = folder / "pack.yaml"
    path.write_text(HEAD + body, "utf-8")
    before = load_rules(folder).match(Comment("1", text), Text(text)).findings({})
    format_file(path, write=True)
    once = path.read_bytes()
    assert "# a comment" in once.decode("utf-8")
    assert not format_file(path, write=True)
    assert path.read_bytes() == once
    after = load_rules(folder).match(Comment("1", text), Text(text)).findings({})
    assert [finding.spans for finding in after] == [finding.spans for finding in before]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
