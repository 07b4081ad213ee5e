"""The words that nearly every Arabic text holds, folded: they do not say what it is about."""

from __future__ import annotations

from typing import Final

FUNCTION_WORDS: Final = frozenset(
    "من عن في ما لا كل هو هي ان او ام اي يا هل قد لم لن بل كم مع لو ذا الي علي هذا انت انا".split()
)
"""Words that begin or end ordinary sentences: «من حرف» is not a spaced «منحرف»."""

FREQUENT: Final = FUNCTION_WORDS | frozenset(
    """
    اله رب هم هن نحن انتم انتي انتو انتوا احنا هوا ده دي دا دول هاد هاي هاذا هذي هذه هذول ذلك تلك
    هؤلا هولا اولايك الذي التي الذين اللي لي يلي شو ايش وش شنو ايه ليه ليش لماذا كيف متي وين فين اين
    كان كانت كانوا يكون تكون كنت كنا صار ليس ليست مش مو ماهو غير عند عندك عندنا عندهم بعد قبل حتي ثم
    لكن بس فقط ايضا كمان برضو جدا كثير اوي بين تحت فوق مثل زي متل كما اذا عشان علشان لان لانه لانهم
    انه انها انهم اني انك انكم فيه فيها فيهم به بها بهم له لها لهم لك لكم لنا منه منها منهم عليه
    عليها عليهم معه معك معاه كله كلها كلهم كلكم كلنا جميع بعض احد حد واحد شي حاجه ناس الناس الشعب
    شعب بلد البلد الدوله العرب العالم اليوم الان دلوقتي هنا هناك والله ولا وما ومن وفي قال قالت
    قالوا يقول تقول يعني نعم لازم يجب ممكن اهل ابن ام اب اخ بنت ولد رجل كلام خلاص طيب بدون دون
    سوي الا اما فلا
    """.split()
)
"""Function words and the commonest others. Where one of several terms must stand in a comment, the
rarer one tells faster whether it can be there at all."""
