"""Guessing the variety of Arabic: authored sentences, one a line, and what must get no guess."""

from __future__ import annotations

import pytest

from moderation.dialect import Dialect, guess
from moderation.text import Text

SENTENCES = {
    Dialect.MSA: (
        "هذه الخطوة التي أعلنتها الوزارة ليست كافية، لأن الأسعار ما زالت ترتفع",
        "لماذا لم ينشر التحقيق أسماء المسؤولين الذين وقعوا العقد؟",
        "لقد قرأت المقال مرتين ولم أجد فيه مصدرا واحدا",
    ),
    Dialect.EGYPTIAN: (
        "يا جماعة احنا عايزين حل بقى مش كلام",
        "ازاي الكلام ده يحصل دلوقتي ومفيش حد بيتحاسب",
        "الماتش كان وحش اوي والحكم باظ خالص",
    ),
    Dialect.LEVANTINE: (
        "شو هالحكي هيدا، نحنا بدنا كهربا مش خطابات",
        "ما حدا عم يحكي الحقيقة بهالبلد، كلن متل بعض",
        "والله منيح هيك، بس لهلق ما شفنا شي",
    ),
    Dialect.GULF: (
        "وش السالفة، الحين صار كل شي غالي وايد",
        "مدري ليش يبون يغيرون المدرب وهو ما قصر",
        "تكفون لا تصدقون كل شي ينكتب، ترى الموضوع كذا من زمان",
    ),
    Dialect.IRAQI: (
        "هسه ماكو كهرباء وماكو ماي وهمه يتعاركون على الكراسي",
        "شكو ماكو بالخبر؟ لعد وين راحت الفلوس",
        "گلنا لهم هواي مرات وما سمعونا",
    ),
    Dialect.MAGHREBI: (
        "علاش ديما كيديرو نفس الحاجة، بزاف علينا هادشي",
        "برشا كلام ومافما حتى شي، توا شكون باش يحاسب؟",
        "واش راكم تشوفو، الخدمة ماكانش والأسعار تاع المعيشة طالعة",
    ),
    Dialect.SUDANESE: ("يا زول هسع الموية قاطعة والناس دايرين حل",),
    Dialect.YEMENI: ("يا جماعة احنا نشتي سلام، مابش معنا زلط للأكل",),
    Dialect.LATIN: (
        "ya jama3a da msh kalam, 7aram 3aleiko",
        "wallah ma fi akhbar zay el nas",
        "shu hal7aki hayda, yalla 3ad",
    ),
    Dialect.FOREIGN: (
        "This is not what they have said to the press",
        "Merci pour cet article, mais vous avez oublié les chiffres",
    ),
}


@pytest.mark.parametrize(
    ("dialect", "sentence"),
    [(dialect, sentence) for dialect, sentences in SENTENCES.items() for sentence in sentences],
)
def test_a_telling_sentence_is_guessed(dialect: Dialect, sentence: str) -> None:
    assert guess(Text(sentence)) is dialect


def test_every_dialect_has_its_sentences() -> None:
    assert SENTENCES.keys() == set(Dialect)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😂😂😂",
        "2026",
        "\ud800",
        "شكرا جزيلا",
        "ليش",  # Levantine, Gulf, Iraqi and Yemeni alike
        "مش",
        "FIFA",
        "BBC News",
    ],
)
def test_what_does_not_tell_gets_no_guess(text: str) -> None:
    assert guess(Text(text)) is None


@pytest.mark.parametrize(
    "spelled",
    [
        "إزَّاي الكلام دَه",
        "ازااااي الكلام ده",
        "ازاي\u200f الكــلام ده",
        "ﺍﺯﺍﻱ الكلام ده",
        "وازاي الكلام ده",
    ],
)
def test_spelling_does_not_change_the_guess(spelled: str) -> None:
    assert guess(Text(spelled)) is Dialect.EGYPTIAN


def test_words_of_the_standard_language_do_not_hide_a_dialect() -> None:
    mixed = "لقد قرأت التقرير الذي نشرته الجريدة لكن والله ما فهمت علاش كيديرو هادشي"
    assert guess(Text(mixed)) is Dialect.MAGHREBI


def test_one_word_that_two_dialects_share_needs_another() -> None:
    assert guess(Text("فين الحقيقة")) is None
    assert guess(Text("فين الحقيقة دي")) is Dialect.EGYPTIAN
    assert guess(Text("فين الحقيقة ديال هاد الناس")) is Dialect.MAGHREBI


def test_a_latin_name_does_not_make_an_arabic_comment_foreign() -> None:
    assert guess(Text("الفيفا FIFA قالت كده وانا مش مصدق الكلام ده")) is Dialect.EGYPTIAN


def test_ordinals_and_years_are_no_arabizi() -> None:
    assert guess(Text("the 3rd goal of the 2nd half was offside")) is Dialect.FOREIGN
