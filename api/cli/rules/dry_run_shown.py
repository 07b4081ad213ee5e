"""A dry run on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from api.cli.printable import printable
from api.dry_run.result import Agreement, Counts, DryRun, Sample, Stretch
from moderation.verdict import Action

_COLOURS: Final = {Action.ALLOW: "green", Action.FLAG: "yellow", Action.REJECT: "red"}
_LONGEST: Final = 300
"""Characters of a comment that are shown."""


def show(found: DryRun, console: Console) -> None:
    """Prints what changes: actions, rules, moderators, and the samples to look at."""
    console.print(_actions(found))
    if found.rules:
        console.print(_rules(found))
        _silent(found, console)
    if found.decided:
        console.print(_moderators(found))
    for heading, samples in (
        ("Newly rejected", found.rejected),
        ("Newly flagged", found.flagged),
        ("Newly allowed", found.allowed),
    ):
        _samples(console, f"{heading}, likely mistakes first", samples)
    _samples(console, "Near misses, the most suspicious first", found.near_misses)
    rate = found.judged / max(found.seconds, 1e-9)
    told = f"{found.judged:,} comments in {found.seconds:.1f} s ({rate:,.0f}/s)"
    console.print(f"{told}; rules {found.old.rules} → {found.new.rules}")


def _actions(found: DryRun) -> Table:
    table = _table("Action", "Before", "After", "Newly")
    for action in Action:
        sides = (getattr(each, action.value) for each in (found.before, found.after, found.newly))
        table.add_row(action.value, *(f"{side:,}" for side in sides))
    return table


def _rules(found: DryRun) -> Table:
    table = _table(
        "Rule", "Is", "Hits before", "After", "Rejected", "Flagged", "Allowed", "Against moderators"
    )
    telling = [effect for effect in found.rules if effect.hits_before or effect.hits_after]
    for effect in telling:
        numbers = (
            effect.hits_before,
            effect.hits_after,
            effect.newly_rejected,
            effect.newly_flagged,
            effect.newly_allowed,
            effect.against_moderators,
        )
        table.add_row(effect.rule, effect.change or "", *(f"{number:,}" for number in numbers))
    return table


def _silent(found: DryRun, console: Console) -> None:
    """Counts the rules that differ and hit nothing: a whole pack may, and says nothing by it."""
    changes = Counter(
        effect.change
        for effect in found.rules
        if effect.change and not effect.hits_before and not effect.hits_after
    )
    if changes:
        told = ", ".join(f"{number:,} {change}" for change, number in changes.items())
        console.print(f"Rules that hit none of the comments: {told}", style="dim")


def _moderators(found: DryRun) -> Table:
    table = _table("Moderators", "Machine allows", "Flags", "Rejects", "Right", "Wrong")
    for name, side in (("before", found.moderators_before), ("after", found.moderators_after)):
        for decided, counts in (("approved", side.approved), ("rejected", side.rejected)):
            table.add_row(f"{decided}, {name}", *_numbers(counts), *_judged(side, decided))
    return table


def _judged(side: Agreement, decided: str) -> tuple[str, str]:
    if decided == "approved":
        return f"{side.approved.allow:,}", f"{side.approved.reject:,}"
    return f"{side.rejected.reject:,}", f"{side.rejected.allow:,}"


def _numbers(counts: Counts) -> tuple[str, str, str]:
    return f"{counts.allow:,}", f"{counts.flag:,}", f"{counts.reject:,}"


def _table(*heading: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column(heading[0], no_wrap=True)
    for name in heading[1:]:
        table.add_column(name, justify="left" if name == "Is" else "right")
    return table


def _samples(console: Console, heading: str, samples: Sequence[Sample]) -> None:
    if not samples:
        return
    console.print(f"\n{heading}", style="bold")
    for sample in samples:
        spans = [span for ground in sample.after.grounds for span in ground.spans]
        spans = spans or [span for ground in sample.before.grounds for span in ground.spans]
        arrow = f"{sample.before.action.value} → {sample.after.action.value}  "
        text = _marked(sample, sample.near or spans)
        console.print(Styled(arrow, style=_COLOURS[sample.after.action]) + text, soft_wrap=True)
        told = "; ".join((*sample.rules, *sample.why))
        line = f"        {printable(sample.id)}: {printable(told)}"
        console.print(Styled(line, style="dim"), soft_wrap=True)


def _marked(sample: Sample, spans: Sequence[Stretch]) -> Styled:
    text = Styled(printable(sample.text))
    for span in spans:
        text.stylize("bold underline", span.start, span.end)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + Styled("…")
