"""What other systems' files become: good packs, and a list of what could not be said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from moderation.comment import Comment
from moderation.finding import Finding
from moderation.text import Text
from rules.imports import Imported, ImportingError, Origin, import_rules
from rules.lint import check
from rules.load import load_policy, load_rules
from rules.ruleset import RuleSet

FILES = Path(__file__).parent / "imports"


def imported(content: str, origin: Origin) -> Imported:
    return import_rules(
        content, origin, pack="theirs", clause="profanity", severity="grave", source="a file"
    )


def from_file(name: str, origin: Origin) -> Imported:
    return imported((FILES / name).read_text("utf-8"), origin)


def loaded(found: Imported, folder: Path) -> RuleSet:
    """The pack as the loader has it, after `rules check` found it good, examples and all."""
    (folder / "theirs.yaml").write_text(found.text, "utf-8")
    assert check(folder, load_policy()) == []
    return load_rules(folder)


def hits(rules: RuleSet, text: str) -> dict[str, Finding]:
    found = rules.match(Comment("1", text), Text(text)).findings({})
    return {finding.source.name.removeprefix("theirs/"): finding for finding in found}


def left(found: Imported) -> dict[tuple[int, str], str]:
    return {(each.line, each.what): each.why for each in found.left}


def test_a_plain_list_is_one_rule(tmp_path: Path) -> None:
    found = from_file("words.txt", Origin.WORDS)
    rules = loaded(found, tmp_path)
    for text in ("انت حمار", "هذا كلام فارغ", "سخيفات", "الأزفتين", "نص ركيك", "تفه"):
        assert set(hits(rules, text)) == {"terms"}, text
    assert not hits(rules, "كلام جميل فارغة")
    assert left(found) == {
        (6, "حِمَار"): "the same as 'حمار' when folded",
        (7, "ـ"): "nothing is left of it when marks and invisible characters go",
    }
    assert [(each.line, each.what) for each in found.carried][:2] == [(2, "حمار"), (3, "كلام فارغ")]
    assert "# Imported from a file." in found.text


def test_a_table_may_give_severities(tmp_path: Path) -> None:
    found = from_file("words.csv", Origin.WORDS)
    rules = loaded(found, tmp_path)
    assert hits(rules, "يا حمار")["terms-mild"].score == 0.5
    assert hits(rules, "نص ركيك")["terms-grave"].score == 0.95
    assert hits(rules, "تافه")
    why = left(found)
    assert "the column is not read" in why[1, "added by"]
    assert "no severity (grave, serious, mild, hint)" in why[4, "heavy"]


def test_corals_suspect_words_only_ask_a_moderator(tmp_path: Path) -> None:
    found = from_file("coral.json", Origin.CORAL)
    rules = loaded(found, tmp_path)
    assert hits(rules, "كلام فارغ")["banned"].score == 0.95
    assert hits(rules, "أمر مشبوه")["suspect"].score == 0.5
    assert set(hits(rules, "Dummy")) == {"suspect"}
    assert left(found) == {(6, "17"): "no word"}
    assert [each.line for each in found.carried] == [7, 8, 12, 13]
    bare = imported('{"wordList": {"banned": ["حمار"], "suspect": []}}', Origin.CORAL)
    assert [each.rule for each in bare.carried] == ["theirs/banned"]
    assert imported("حمار\nسخيف\n", Origin.CORAL).carried[1].line == 2


def test_discourses_actions_become_severities_or_are_left(tmp_path: Path) -> None:
    found = from_file("discourse.csv", Origin.DISCOURSE)
    rules = loaded(found, tmp_path)
    assert hits(rules, "حمار")["block"].score == 0.95
    assert hits(rules, "سخيفين")["censor"].score == 0.95
    assert hits(rules, "What JUNK!")["require-approval"].score == 0.5
    assert hits(rules, "شيء مزعج")["flag"].score == 0.5
    why = left(found)
    assert "case is not looked at" in why[3, "blockhead"]
    assert "not masked" in why[4, "censor"]
    for place in ((6, "spoiler"), (7, "colour"), (8, "example.com")):
        assert place in why
    assert "RE2" in why[10, "(?<!not )silly"]
    assert "no action" in why[11, "مزعج"]
    assert imported("حمار\nسخيف\n", Origin.DISCOURSE).carried[0].rule == "theirs/block"


def test_automoderators_checks_become_conditions(tmp_path: Path) -> None:
    found = from_file("automoderator.yaml", Origin.AUTOMODERATOR)
    rules = loaded(found, tmp_path)
    first = hits(rules, "يا Blockhead")["document-1"]
    assert (first.score, first.evidence) == (0.95, ("Silly word",))
    assert hits(rules, "هذا نصاااب كبير")["document-2"].score == 0.5
    assert hits(rules, "free   money here")["document-2"]
    assert not hits(rules, "كاتب المقال نصاب")
    assert hits(rules, "buy now and win")["document-3"].score == 0.5
    assert not hits(rules, "do not buy now")
    assert hits(rules, " First ")["document-4"]
    assert not hits(rules, "first of all")
    assert {rule.rule.id for rule in rules.rules} == {
        f"document-{number}" for number in (1, 2, 3, 4)
    }


def test_what_automoderator_says_and_rules_cannot_is_told_with_its_line() -> None:
    why = left(from_file("automoderator.yaml", Origin.AUTOMODERATOR))
    assert "only the text is looked at" in why[2, "title+body (includes-word)"]
    assert why[5, "moderators_exempt"]
    assert "case is not looked at" in why[12, "body (starts-with, case-sensitive)"]
    assert "`title (includes)` looks at something" in why[19, "document 5"]
    assert "it approves" in why[22, "document 6"]
    assert "`author` looks at something" in why[25, "document 7"]
    assert any(what == "document 8" and "not valid YAML" in told for (_, what), told in why.items())
    assert "RE2" in why[33, r"\b(?:(?<=very )silly)\b"]
    assert "cannot be carried over" in why[33, "document 9"]
    assert "submissions" in why[36, "document 10"]


def test_everyday_words_are_carried_and_warned_of() -> None:
    found = imported("الناس\nحمار\n", Origin.WORDS)
    assert (found.warned[0].line, found.warned[0].what) == (1, "الناس")
    assert len(found.carried) == 2


def test_a_list_that_matches_everything_is_not_carried() -> None:
    found = imported(r"(?:.)", Origin.DISCOURSE)
    assert (found.text, found.carried) == ("", ())
    assert "matches everything" in found.left[0].why


@pytest.mark.parametrize(
    ("content", "origin", "told"),
    [
        ("{", Origin.CORAL, "not JSON"),
        ('{"words": []}', Origin.CORAL, "no `wordList`"),
        ("body: [", Origin.AUTOMODERATOR, "not valid YAML, line 1"),
        ("x" * 4_000_001, Origin.WORDS, "split the file"),
    ],
)
def test_files_of_another_kind_are_refused(content: str, origin: Origin, told: str) -> None:
    with pytest.raises(ImportingError, match=told):
        imported(content, origin)


@pytest.mark.parametrize(
    "words", ["وغد، حقير، نذل", "وغد؛ حقير؛ نذل", "وغد, حقير, نذل", "وغد\nحقير\nنذل"]
)
def test_words_may_be_parted_by_arabic_commas(words: str) -> None:
    assert "      - وغد\n      - حقير\n      - نذل\n" in imported(words, Origin.WORDS).text


@settings(max_examples=60, deadline=None)
@example("&0{&0", Origin.AUTOMODERATOR)
@example("a: &x 1\nb: &x 2", Origin.AUTOMODERATOR)
@example("body: !!set x", Origin.AUTOMODERATOR)
@example("body: 2026-13-40", Origin.AUTOMODERATOR)
@example("[[]", Origin.DISCOURSE)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(st.text("حمار*,;\t\"'#:-[]{}|&!%@`\\ \nabZ1", max_size=12), max_size=5).map(
            "\n".join
        ),
    ),
    st.sampled_from(Origin),
)
def test_whatever_a_file_holds_the_pack_is_good(
    tmp_path_factory: pytest.TempPathFactory, content: str, origin: Origin
) -> None:
    try:
        found = imported(content, origin)
    except ImportingError:
        return
    if found.text:
        loaded(found, tmp_path_factory.mktemp("pack"))
    else:
        assert not found.carried


def test_the_command_writes_a_pack_and_lists_what_is_left(tmp_path: Path) -> None:
    output = tmp_path / "theirs.yaml"
    command = ["rules", "import", str(FILES / "discourse.csv"), "--from", "discourse"]
    outcome = CliRunner().invoke(app, [*command, "--clause", "profanity", "-o", str(output)])
    assert outcome.exit_code == 0, outcome.output
    assert "discourse.csv:6: left: spoiler: tag:" in outcome.output
    assert "5 carried over" in outcome.output
    assert load_rules(tmp_path).rules[0].rule.clause in load_policy().clauses
    again = CliRunner().invoke(app, [*command, "--clause", "profanity", "-o", str(output)])
    assert (again.exit_code, "--replace" in again.output) == (1, True)
    unknown = CliRunner().invoke(app, [*command, "--clause", "nonsense"])
    assert (unknown.exit_code, "no clause 'nonsense'" in unknown.output) == (1, True)
