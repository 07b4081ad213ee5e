"""What sets two folders of rule packs apart, as their authors see it: rules, lists, terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from rules.compile import PackFile
from rules.model import Condition, Rule, Term
from rules.places import nested

What = Literal["added", "removed", "changed"]

_CONDITIONS: Final = ("when", "unless", "mention")
_TOLD: Final = frozenset((*_CONDITIONS, "id", "examples"))
_OPERATORS_OF_TERMS: Final = frozenset(("word", "stem", "phrase", "contains"))


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value of a rule or list that is another now; None where it is not given."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """One rule. `terms_added` and `terms_removed` are those of its own conditions and frames.

    `conditions` names the parts (`when`, `unless`, `mention`) that changed in more than terms.
    """

    rule: str
    what: What
    clause: str
    severity: str
    fields: tuple[FieldChange, ...] = ()
    conditions: tuple[str, ...] = ()
    terms_added: tuple[str, ...] = ()
    terms_removed: tuple[str, ...] = ()
    examples_added: int = 0
    examples_removed: int = 0


@dataclass(frozen=True, slots=True)
class ListDifference:
    """One list of a pack. A term whose options changed is removed and added."""

    name: str
    what: What
    fields: tuple[FieldChange, ...] = ()
    terms_added: tuple[str, ...] = ()
    terms_removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that is not the same. `frames` names packs whose own frames changed."""

    packs_added: tuple[str, ...]
    packs_removed: tuple[str, ...]
    rules: tuple[RuleDifference, ...]
    lists: tuple[ListDifference, ...]
    frames: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(
            self.packs_added or self.packs_removed or self.rules or self.lists or self.frames
        )


def difference(old: Sequence[PackFile], new: Sequence[PackFile]) -> Difference:
    """What `new` says that `old` does not, and the other way round.

    The order of rules, of lists and of terms, their spelling in YAML and their comments make no
    difference.
    """
    before, after = _by_pack(old), _by_pack(new)
    return Difference(
        packs_added=tuple(sorted(after.keys() - before.keys())),
        packs_removed=tuple(sorted(before.keys() - after.keys())),
        rules=tuple(_rules(_every_rule(old), _every_rule(new))),
        lists=tuple(_lists(before, after)),
        frames=tuple(
            name
            for name in sorted(before.keys() & after.keys())
            if (before[name].pack.unless, before[name].pack.mention)
            != (after[name].pack.unless, after[name].pack.mention)
        ),
    )


def _by_pack(files: Sequence[PackFile]) -> dict[str, PackFile]:
    return {file.pack.pack: file for file in files}


def _every_rule(files: Sequence[PackFile]) -> dict[str, Rule]:
    return {f"{file.pack.pack}/{rule.id}": rule for file in files for rule in file.pack.rules}


def _rules(old: Mapping[str, Rule], new: Mapping[str, Rule]) -> Iterable[RuleDifference]:
    for name in dict.fromkeys((*old, *new)):
        if name not in old or name not in new:
            rule = new[name] if name in new else old[name]
            what: What = "added" if name in new else "removed"
            terms = tuple(_terms_of_rule(rule))
            yield RuleDifference(
                name,
                what,
                rule.clause,
                rule.severity,
                terms_added=terms if what == "added" else (),
                terms_removed=terms if what == "removed" else (),
            )
        elif old[name] != new[name]:
            yield _changed(name, old[name], new[name])


def _changed(name: str, old: Rule, new: Rule) -> RuleDifference:
    was, now = _terms_of_rule(old), _terms_of_rule(new)
    examples = [
        {str(example) for example in (*rule.examples.match, *rule.examples.no_match)}
        for rule in (old, new)
    ]
    return RuleDifference(
        name,
        "changed",
        new.clause,
        new.severity,
        fields=_fields(old, new, [field for field in Rule.model_fields if field not in _TOLD]),
        conditions=tuple(
            part for part in _CONDITIONS if _shape(getattr(old, part)) != _shape(getattr(new, part))
        ),
        terms_added=tuple(term for term in now if term not in was),
        terms_removed=tuple(term for term in was if term not in now),
        examples_added=len(examples[1] - examples[0]),
        examples_removed=len(examples[0] - examples[1]),
    )


def _lists(old: Mapping[str, PackFile], new: Mapping[str, PackFile]) -> Iterable[ListDifference]:
    was = {f"{pack}/{name}": (file, name) for pack, file in old.items() for name in file.pack.lists}
    now = {f"{pack}/{name}": (file, name) for pack, file in new.items() for name in file.pack.lists}
    for full in dict.fromkeys((*was, *now)):
        before = _listed(*was[full]) if full in was else {}
        after = _listed(*now[full]) if full in now else {}
        added = tuple(term for term in after if term not in before)
        removed = tuple(term for term in before if term not in after)
        if full not in was:
            yield ListDifference(full, "added", terms_added=added)
        elif full not in now:
            yield ListDifference(full, "removed", terms_removed=removed)
        else:
            declared = [file.pack.lists[name] for file, name in (was[full], now[full])]
            names = [field for field in type(declared[0]).model_fields if field != "terms"]
            fields = _fields(declared[0], declared[1], names)
            if fields or added or removed:
                yield ListDifference(full, "changed", fields, added, removed)


def _fields(old: object, new: object, names: Iterable[str]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, getattr(old, name), getattr(new, name))
        for name in names
        if getattr(old, name) != getattr(new, name)
    )


def _listed(file: PackFile, name: str) -> dict[str, None]:
    return dict.fromkeys(_written(term) for term in file.terms[name])


def _written(term: Term) -> str:
    """A term with the options of its own."""
    options = [term.clitics or "", *(term.tolerance or ())]
    told = ", ".join(option for option in options if option)
    return f"{term.term} ({told})" if told else term.term


def _terms_of_rule(rule: Rule) -> dict[str, None]:
    conditions = (rule.when, *(rule.unless or ()), *(rule.mention or ()))
    return dict.fromkeys(
        _written(term)
        for condition in conditions
        for inner, _ in nested(condition, ())
        if inner.operator in _OPERATORS_OF_TERMS
        for term in getattr(inner, inner.operator)
    )


def _shape(part: Condition | Sequence[Condition] | None) -> Any:
    """A condition without its terms."""
    if part is None:
        return None
    if not isinstance(part, Condition):
        return [_shape(each) for each in part]
    return _without_terms(part.model_dump(exclude_none=True))


def _without_terms(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: key if key in _OPERATORS_OF_TERMS else _without_terms(value)
            for key, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [_without_terms(each) for each in node]
    return node
