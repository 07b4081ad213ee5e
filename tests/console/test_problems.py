"""What is wrong with rule files is told in the language of whoever reads the console."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path

import pytest
from markupsafe import escape

import api
import moderation
import rules
from api.console.foreign import marked
from api.console.language import Words, catalogue
from api.console.workshop.telling import told
from rules.errors import Problem, RulesError
from rules.lint import lint
from rules.load import load_policy
from rules.sentence import Sentence, sentence
from rules.source import Source

ARABIC, ENGLISH = Words("ar"), Words("en")
NOT_TOLD = re.compile(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}")
"""Three English words in a row: names of keys and values stand alone."""
PACK = """\
pack: test
version: 1.0.0
description: a pack
lists:
  animals: {terms: [كلب, حمار]}
rules:
  - id: r
    description: d
    clause: profanity
    severity: serious
    when: {list: animals}
    examples: {match: [كلب], no_match: [جمل]}
"""


def found(tmp_path: Path, text: str | bytes) -> list[Problem]:
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "test.yaml").write_bytes(content)
    return lint(tmp_path, load_policy())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("severity: serious", "severity: seri"), "القيمة الصحيحة 'grave', 'serious', 'mild' أو"),
        (("severity: serious", "severty: serious"), "أتقصد `severity`؟"),
        (("severity: serious", "severity: serious\n    zzz: 1"), "المفاتيح المعروفة: clause"),
        (("    severity: serious\n", ""), "أضف `severity: ...`"),
        (("id: r", "id: قاعدة"), "الاسم حروف لاتينية صغيرة"),
        (("version: 1.0.0", "version: 1.0"), "رقم الإصدار ثلاثة أعداد، والمكتوب 1.0"),
        (("description: d", "description: ''"), "فارغ"),
        (("description: d", "description: [d]"), "المطلوب نص، أو نص بكل لغة"),
        (("[كلب, حمار]", "[كلب, 7]"), 'ضعه بين علامتي تنصيص: "7"'),
        (("{list: animals}", "حمار"), "اكتب معه معامله: `{ word: [حمار] }`"),
        (("{list: animals}", "{word: كلب, list: animals}"), "وفي هذا `word` و`list`"),
        (("{list: animals}", "{}"), "وفي هذا لا شيء"),
        (("{list: animals}", "{phrase: كلب, gap: ٣}"), "اكتبه بالأرقام من 0 إلى 9: `3`"),
        (("{list: animals}", "{phrase: كلب, gap: 9}"), "لا تزيد القيمة على 5، والمكتوب 9"),
        (("{list: animals}", "{list: animls}"), "أتقصد `test/animals`؟"),
        (("{list: animals}", "{regex: '(كلب'}"), "أغلق كل قوس"),
        (("{list: animals}", "{regex: 'كلــب'}"), "لا ترد أبدا في النص الموحَّد"),
        (("{list: animals}", "{all: []}"), "أضف شرطا على الأقل"),
        (("{list: animals}", "{word: ['ـً']}"), "لا يبقى من «ـً» شيء"),
        (("{list: animals}", "{word: ['حقير - جدا']}"), "لا تصيب نصها نفسه"),
        (("{list: animals}", "{length: {at_least: 9, at_most: 2}}"), "لا يجتمعان"),
        (("match: [كلب]", "match: [قطة]"), "القاعدة r لا تصيب «قطة»"),
        (("no_match: [جمل]", "no_match: [كلب]"), "القاعدة r تصيب «كلب» في «كلب»"),
        (("match: [كلب]", "match: [{text: كلب, mention: true}]"), "تعدّ «كلب» استعمالا لا حكاية"),
        (("clause: profanity", "clause: الشتائم"), "أتقصد `profanity`؟ البنود: "),
        (("[كلب, حمار]", "[كلب, كَلب]"), "«كَلب» في القائمة من قبل بصورة «كلب»"),
        (("[كلب, حمار]", "[كلب, الكلب]"), "«الكلب» لا تزيد شيئا: «كلب» تصيب كل ما تصيبه"),
        (("[كلب, حمار]", "[كلب، حمار]"), "فيها فاصلة عربية"),
        (("[كلب, حمار]", "[كلب، حمار]"), "«كلب، حمار» كلمة واحدة هنا"),
        (("[كلب, حمار]", "[كلب, null]"), "اكتب نصا، أو احذفه"),
        (("{list: animals}", "[" * 3000), "متداخلة تداخلا أعمق مما يُقرأ"),
        (("[كلب, حمار]", "[كلب, من]"), "تصيب بالكلمة «من» كلمات يومية وحدها"),
        (("animals: {", "idle: {terms: [نمر]}\n  animals: {"), "لا تقرأ القائمة «idle»"),
        (("severity: serious", "severity: serious\n    enabled: false"), "القاعدة r موقوفة"),
        (("severity: serious", "severity: serious\n    expires: 2020-01-01"), "القاعدة r انتهت"),
        (("severity: serious", "severity: serious\n    severity: mild"), "المفتاح `severity` مكرر"),
        (("{list: animals}", "{near: {within: 3, of: [{word: كلب}]}}"), "أقل عدد للعناصر هنا 2"),
        (("match: [كلب]", "match: [{text: كلب, repeats: .inf}]"), "المطلوب عدد محدود"),
        (("    severity", "\tseverity"), "اجعل الإزاحة بالمسافات"),
        (("description: d", "description: a: b"), "لا موضع للعلامة `: ` هنا"),
        (("[كلب, حمار]", "[كلب, حمار"), "تنقص قبل هذا الموضع `,` أو `]`"),
        (("description: d", "description: 'd"), "علامة تنصيص لم تُغلق"),
    ],
)
def test_a_problem_is_told_in_arabic(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in PACK
    problems = found(tmp_path, PACK.replace(*change))
    texts = [text for each in problems for text in (each.message, each.remedy) if text]
    in_arabic = [re.sub("[\u2066\u2069]", "", told(text, ARABIC)) for text in texts]
    assert any(said in text for text in in_arabic), in_arabic
    for text in texts:
        assert not NOT_TOLD.search(told(text, ARABIC))
        assert told(text, ENGLISH) == text


def test_an_encoding_is_told_in_arabic(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, PACK.encode("cp1256"))
    assert told(problem.message, ARABIC).startswith("الترميز ليس UTF-8: هنا البايت 0xDF")


@pytest.mark.parametrize(
    ("change", "foreign"),
    [
        (("{list: animals}", "{regex: 'a(?=b)'}"), "invalid perl operator: (?="),
        (("description: d", "description: !!int x"), "invalid literal"),
    ],
)
def test_what_a_parser_says_is_set_apart_and_marked_as_english(
    tmp_path: Path, change: tuple[str, str], foreign: str
) -> None:
    texts = [told(each.message, ARABIC) for each in found(tmp_path, PACK.replace(*change))]
    (text,) = [text for text in texts if foreign in text]
    apart = re.search("\u2068([^\u2069]*)\u2069", text)
    assert apart
    assert foreign in apart[1]
    assert not NOT_TOLD.search(text.replace(apart[0], ""))
    assert f'<span lang="en" dir="ltr">{escape(apart[1])}</span>' in marked(text)


def test_what_the_system_says_is_set_apart_and_marked_as_english(tmp_path: Path) -> None:
    with pytest.raises(RulesError) as raised:
        Source.open(tmp_path / "none.yaml")
    (problem,) = raised.value.problems
    assert told(problem.message, ARABIC) == "تعذرت قراءته: \u2068No such file or directory\u2069"
    assert problem.message == "cannot be read: No such file or directory"
    assert marked(told("<b> & co", ARABIC)) == "&lt;b&gt; &amp; co"


def test_code_reads_from_the_left_among_words_that_read_from_the_right() -> None:
    text = "add `{name}: ...`"
    assert told(sentence(text, name="id"), ARABIC) == "أضف \u2066`id: ...`\u2069"


def test_what_is_not_known_stays_in_english() -> None:
    text = sentence("nobody {did} this", did="wrote")
    assert told(text, ARABIC) == "nobody wrote this"


def test_every_sentence_in_arabic_is_one_that_the_tools_say() -> None:
    folders = [Path(str(module.__file__)).parent for module in (api, moderation, rules)]
    spoken = {
        node.value
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    known = {key: text["en"] for key, text in catalogue().items() if key.startswith("problems.")}
    assert known
    assert {key: text for key, text in known.items() if text not in spoken} == {}
    assert len(set(known.values())) == len(known)


def test_a_sentence_is_told_by_another_process_alike() -> None:
    text = sentence("did you mean {near}?", near=sentence("{first} or {second}", first=1, second=2))
    again = pickle.loads(pickle.dumps(text))  # noqa: S301
    assert isinstance(again, Sentence)
    assert again == text == "did you mean 1 or 2?"
    assert told(again, ARABIC) == "أتقصد 1 أو 2؟"
