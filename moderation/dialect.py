"""Which variety of Arabic a comment is written in: a guess from words that give a writer away.

A guess is for filtering a queue and for choosing a moderator who reads the dialect. It decides
nothing about a comment. Most comments on news are short and close to the standard language, and a
text without a telling word gets no guess.

Measured on corpora whose comments come from one region: of the dialects guessed, 97 % were right on
6,418 Moroccan comments, 95 % on 5,843 Levantine and on 1,100 Egyptian ones, 85 % on 6,024
Tunisian ones; a dialect was guessed for 42, 27, 27 and 11 % of them. The words were refined on the
same comments. Gulf, Iraqi, Sudanese, Yemeni and Arabizi had no such corpus.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from moderation.text import Text, fold


class Dialect(StrEnum):
    """The varieties that are told apart.

    `latin` is Arabic in Latin letters (Arabizi), `foreign` another language.
    """

    MSA = "msa"
    EGYPTIAN = "egyptian"
    LEVANTINE = "levantine"
    GULF = "gulf"
    IRAQI = "iraqi"
    MAGHREBI = "maghrebi"
    SUDANESE = "sudanese"
    YEMENI = "yemeni"
    LATIN = "latin"
    FOREIGN = "foreign"


_ENOUGH: Final = 2.0
"""The weight that a guess needs: one word that only one variety has, or two that few share."""
_LEAD: Final = 1.0
"""By so much a guess must outweigh the next one."""

_E, _L, _G, _I = Dialect.EGYPTIAN, Dialect.LEVANTINE, Dialect.GULF, Dialect.IRAQI
_M, _S, _Y = Dialect.MAGHREBI, Dialect.SUDANESE, Dialect.YEMENI

_MARKERS: Final[tuple[tuple[float, tuple[Dialect, ...], str], ...]] = (
    (
        2.0,
        (_E,),
        "ده دى ازاي ازيك كده بتاع بتاعه بتاعت بتاعتك بتاعتنا بتاعنا بتاعك بتاعهم بتوع عايز عاوز "
        "عايزه عاوزه عايزين عاوزين دلوقتي دلوقت النهارده انهارده مفيش برضه برضك اوي هيبقى هيعمل "
        "هتعمل هنعمل هيكون حيبقى اشمعنى اهو اهي ياعم مينفعش محدش ماحدش مبقاش بقالنا بقاله بقالي "
        "بيعمل بتعمل بيعملوا بيقولوا كويس كويسة كويسين إمتى دا",
    ),
    (
        2.0,
        (_L,),
        "هيدا هيدي هيدول هيك هلق لهلق بدي بدك بدو بدنا بدها بدهم بدكم بدكن بدن منيح منيحة كتير "
        "قديش اديش هون لهون هونيك متل كرمال مشان منشان عنجد زلمة الزلمة يلي يللي حدا كلن إلهن "
        "عندن معن ياهن كلكن منكن عليكن فيكن منشوف منحكي منعرف بنحكي إشي شو لشو بشو مبارح بيصير "
        "هالشي هالبلد هالناس هالحكي هالعالم هالشعب هالزلمة عنا لساتها لساته لسا",
    ),
    (
        2.0,
        (_G,),
        "وش وشهو وشلون مب موب مهب الحين اللحين هالحين وايد واجد ابغى تبي يبي نبغى يبغى تبغى يبون "
        "تبون يبغون ودك ودنا كذا جذي مدري ماندري ذولا هذولا ذولي سوالف يالغالي شفيك شفيكم شفيه "
        "تكفى تكفون عساك عساكم مسوي مسوين تراك تراكم تراه تراها يسوون",
    ),
    (
        2.0,
        (_I,),
        "شكو ماكو اكو هسة هواي هوايا بلكت مالتنا مالتهم مالته مالتك شبيها شسوي شنسوي شسوينا هيج "
        "يمعود معود شوكت لعد عدنا عدكم عدهم عدنه كلش فدوة فد احنه وياك وياكم وياهم ويانا كاعد شكد "
        "دنشوف هذوله ذوله خوش يابه شكول شتريد شتريدون علمود",
    ),
    (
        2.0,
        (_M,),
        "واش علاش كيفاش فاش باش بزاف ديال ديالي ديالنا ديالك ديالو ديالها ديالهم ديالكم تاع تاعنا "
        "تاعك تاعهم تاعو نتاع متاعك متاعنا متاعهم متاعو متاعها متاعكم برشا برشة هكا هكاك هكة شنوا "
        "شنوة شنية شكون وقتاش علاه ماكاينش مكاينش كاين كاينة كاينين راه راهي راهم راهو راك راني "
        "راكم رانا غادي بغيت بغا بغينا خويا خاوتي هادشي هادوك هاذوما مزيان مزيانة دابا شحال قداش "
        "قداه نتوما نتا هوما والو يزي باهي كيما بحالهم واخا عافاك مابقاش معندوش معندناش ماعندوش "
        "ماعندهمش علابالي برك ضرك درك واعر موش مهوش ماهوش الدراري كيدير كيديرو كيقول كيقولو كتقول "
        "كايقول تيقول كيبغي كنقول توا ديرو نديرو يديرو نحبو يحبو نعرفو يعرفو حشومة بصح "
        "هاذاك داك ملي اويلي دبا بقات زادا",
    ),
    (2.0, (_S,), "زول زولة الزول ازول هسع كدي سجمك غايتو طوالي بتاعين عشانكم دايرنكم"),
    (2.0, (_Y,), "اشتي نشتي تشتي يشتي تشتوا تشتو يشتوا زلط مابش قدهم قدهو"),
    (1.5, (_E, _L), "مين كمان معلش تاني امبارح لسه برضو بيقول بتقول بيعرف"),
    (1.5, (_E, _M), "فين فينك راجل الراجل"),
    (1.5, (_E, _S), "كدا"),
    (1.5, (_I, _M), "شبيك شبيكم يكول تكول"),
    (1.5, (_M, _S), "داير دايرة دايرين ديل"),
    (1.5, (_G, _I), "يحجي تحجي نحجي"),
    (1.0, (_E, _L, _M), "مش مافيش"),
    (1.0, (_E, _L, _G, _S), "عشان زي"),
    (1.0, (_E, _L), "يلا بجد اكتر حضرتك حضراتكم"),
    (1.0, (_E, _M), "حاجة مكانش معرفش ليك ليكم ولاد ايه ليه"),
    (1.0, (_E, _G), "علشان عيال"),
    (1.0, (_L, _G, _I, _Y), "ليش شلون"),
    (1.0, (_L, _G, _I), "مو"),
    (1.0, (_L, _I), "هاي رح ولك بلكي"),
    (1.0, (_G, _Y), "ايش حقنا حقكم حقهم"),
    (1.0, (_G, _I), "زين زينة هذي سوي يسوي شلونك منو"),
    (1.0, (_G, _I, _M, _S), "شنو"),
    (1.0, (_L, _G), "مافي مافيه شوي"),
    (1.0, (_L, _M), "انو شي هاد هادا هادي هادو هاذا هاذي عندو نحنا تبع تبعك تبعكم تبعهم ديما"),
    (1.0, (_E,), "إيه ليه ايه بقى طب بص باشا جامد واد زى وحشة زيك كفاية يبقى ربنا امال خالص"),
    (1.0, (_L,), "عم حكي تبع تبعك تبعكم تبعهم تبعو ختيار ولاك هلا"),
    (1.0, (_G,), "ترى ترا ذا توه ودي ابي ابشر"),
    (1.0, (_I,), "جان هواية عود تره"),
    (1.0, (_M,), "حنا ربي مليح متاع حيت بحال بحالك صافي هدا هاذ ليها لينا مرا نحب العباد ينعل نتي"),
)
"""Weights, varieties and words. A word that stands in several lines keeps its greatest weight for
each variety. Names of countries and persons tell a topic, not a dialect, and are left out."""

_MSA: Final = (
    "الذي التي الذين اللذين اللتين هذه ذلك تلك هؤلاء ليس ليست ليسوا لقد سوف إن أن أنه أنها حيث "
    "أيضا نحن لأن لأنه لم لن منذ ولكن يجب عندما لماذا ماذا أين متى هل كانت وهو وهي إلى ثم بينما "
    "وقد بأن فإن بل لدى هناك فقط جدا مثل يكون تكون كي لكي وإن حين حينما سنوات لدينا كأن إنها إنه "
    "ليته أولا ثانيا وليس ولم ولن أما إنما فهو فهي دون لكنه لكنها"
)
_ARABIZI: Final = (
    "ya wallah walla enta inta enti inti ana ehna msh mesh mish mush mafi mafesh leh leih shu shou "
    "sho chou keda kda kteer ktir awi khalas yalla yallah habibi habibti hada hayda haida hek heik "
    "bala wala inshallah mashallah hamdulillah wach wesh chnowa bzaf bezzaf dyal diali rabi rabbi "
    "elli illi ely kolha kifach kif akid yakhi akhi khoya sahbi barcha mouch mosh ahsan kalam kalb "
    "kaman keman lazem lezem shway walahi mako shako shlon hessa zein wain wein fein feen"
)
_FOREIGN: Final = (
    "the and is are you of to this that for not with what they have was we our your it be on who "
    "le les est pas une des et que qui dans vous nous pour sur avec ce cette je il elle sont mais "
    "en du au la"
)
_CONSONANT_DIGITS: Final = frozenset("23579")


def _weights() -> dict[str, tuple[tuple[Dialect, float], ...]]:
    weights: dict[str, dict[Dialect, float]] = {}
    for weight, dialects, words in _MARKERS:
        for word in fold(words).split():
            for dialect in dialects:
                held = weights.setdefault(word, {})
                held[dialect] = max(weight, held.get(dialect, 0.0))
    return {word: tuple(held.items()) for word, held in weights.items()}


_WEIGHTS: Final = _weights()
_MSA_WORDS: Final = frozenset(fold(_MSA).split()) - _WEIGHTS.keys()
_ARABIZI_WORDS: Final = frozenset(fold(_ARABIZI).split())
_FOREIGN_WORDS: Final = frozenset(fold(_FOREIGN).split())
_LETTERS: Final = (("ڭ", _M, 2.0), ("ڨ", _M, 2.0), ("چ", _I, 1.0), ("گ", _I, 1.0))
"""Letters outside of the standard alphabet that are typed in one region."""


def guess(text: Text) -> Dialect | None:
    """The variety in which a text is written, or None where nothing tells it."""
    folded = text.folded
    reading = folded.text
    words = [
        reading[start:end]
        for start, end in zip(folded.word_starts.tolist(), folded.word_ends.tolist(), strict=True)
    ]
    if folded.has_latin:
        latin = [word for word in words if "a" <= max(word) <= "z"]
        if 2 * len(latin) > len(words):
            return _guess_latin(latin)
    return _guess_arabic(words, text.original)


def _guess_arabic(words: list[str], original: str) -> Dialect | None:
    scores: dict[Dialect, float] = {}
    standard = 0
    for word in words:
        found = _WEIGHTS.get(word)
        if found is None and word[0] == "و":
            found = _WEIGHTS.get(word[1:])
        if found is not None:
            for dialect, weight in found:
                scores[dialect] = scores.get(dialect, 0.0) + weight
        elif word in _MSA_WORDS:
            standard += 1
    for letter, dialect, weight in _LETTERS:
        if letter in original:
            scores[dialect] = scores.get(dialect, 0.0) + weight
    if not scores:
        return Dialect.MSA if standard else None
    first, *others = sorted(scores.values(), reverse=True)
    if first < _ENOUGH or (others and first - others[0] < _LEAD):
        return None
    return max(scores, key=scores.__getitem__)


def _guess_latin(words: list[str]) -> Dialect | None:
    arabizi = foreign = 0
    for word in words:
        if word in _ARABIZI_WORDS or _has_consonant_digit(word):
            arabizi += 1
        elif word in _FOREIGN_WORDS:
            foreign += 1
    if arabizi > foreign:
        return Dialect.LATIN
    return Dialect.FOREIGN if foreign > 1 else None


def _has_consonant_digit(word: str) -> bool:
    """Whether a digit stands for a consonant in a word (7aram, ba3d); a number is none (3rd)."""
    return not _CONSONANT_DIGITS.isdisjoint(word) and sum(map(str.isalpha, word)) > 2
