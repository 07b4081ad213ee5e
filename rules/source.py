"""A YAML file with the place of every key, validated into a model with errors at their lines."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rules import remedy
from rules.errors import Problem, RulesError
from rules.plain_yaml import Unusual, plain_values
from rules.sentence import Foreign, sentence

MAXIMUM_BYTES = 4_000_000
"""A larger rule file is refused: rule files are semi-trusted."""
MOST_VALUES = 500_000
"""A file with more values, aliases written out, is refused: a few lines could ask for billions."""

Model = TypeVar("Model", bound=BaseModel)
Location = Sequence[str | int]
Schema = dict[str, Any]


def read(path: Path, model: type[Model]) -> tuple[Model, Source]:
    """The model in a YAML file. Raises RulesError with every problem found, each at its line."""
    source = Source.open(path)
    return source.validate(model), source


def content_of(path: Path) -> bytes:
    """What a file holds. Raises RulesError where it cannot be read or is too large."""
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            split = "split it into several packs"
            raise RulesError([Problem(path, 0, 0, "", "the file is larger than 4 MB", split)])
        return path.read_bytes()
    except OSError as error:
        message = sentence("cannot be read: {error}", error=Foreign(error.strerror))
        raise RulesError([Problem(path, 0, 0, "", message, "check the path")]) from error


class Source:
    """A parsed YAML file that knows where each key stands.

    `values` are what it says, in mappings and lists of Python.
    """

    def __init__(self, path: Path, content: bytes, values: object) -> None:
        self.path = path
        self.content = content
        self.values = values

    @cached_property
    def tree(self) -> object:
        """The same with comments and places; made when it is asked for, which takes long.

        Raises RulesError in the rare case that libyaml let something pass that is not YAML.
        """
        return _told(self.path, self.content, _parse)

    @classmethod
    def open(cls, path: Path) -> Source:
        """Parses a file. Raises RulesError where it cannot be read or is not YAML."""
        return cls.of(path, content_of(path))

    @classmethod
    def of(cls, path: Path, content: bytes) -> Source:
        """The same of what a file holds."""
        return cls(path, content, _told(path, content, _values))

    def validate(self, model: type[Model]) -> Model:
        """The content as a model. Raises RulesError with every problem, each at its line."""
        if not isinstance(self.values, dict):
            raise RulesError(
                [
                    Problem(
                        self.path,
                        1,
                        1,
                        "",
                        "the file is not a mapping",
                        sentence("begin with `{name}: ...`", name=next(iter(model.model_fields))),
                    )
                ]
            )
        try:
            return model.model_validate(self.values)
        except ValidationError as error:
            raise RulesError([self._problem(model, detail) for detail in error.errors()]) from error

    def problem(self, location: Location, message: str, remedy: str = "") -> Problem:
        """A complaint about the key at `location`."""
        line, column = self.place(location)
        return Problem(self.path, line, column, _key(location), message, remedy)

    def place(self, location: Location) -> tuple[int, int]:
        """Line and column, from 1, of a key; of the nearest parent where the key is not there."""
        place = (1, 1)
        try:
            node = self.tree
        except RulesError:
            return place
        for part in location:
            if isinstance(node, CommentedMap) and part in node:
                line, column = node.lc.key(part)
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line, column = node.lc.item(part)
            else:
                continue
            node, place = node[part], (line + 1, column + 1)
        return place

    def _problem(self, model: type[BaseModel], detail: ErrorDetails) -> Problem:
        location = tuple(part for part in detail["loc"] if not _is_internal(part))
        if detail["type"] == "extra_forbidden":
            key = str(location[-1])
            known = sorted(_fields_at(model, location[:-1]))
            near = difflib.get_close_matches(key, known, n=1)
            names = sentence("known keys: {names}", names=", ".join(known))
            meant = remedy.did_you_mean(f"`{near[0]}`") if near else names
            return self.problem(location, "unknown key", meant)
        if detail["type"] == "missing":
            added = sentence("add `{name}: ...`", name=str(location[-1]))
            return self.problem(location, "is missing", added)
        return self.problem(location, *remedy.of_value(detail, _pattern_at(model, location)))


def parser() -> YAML:
    """A parser that keeps comments and places."""
    yaml = YAML(typ="rt")
    # Of two anchors of one name the last holds, as YAML says; nobody needs a warning in a log.
    yaml.composer.warn_double_anchors = False
    return yaml


def _told(path: Path, content: bytes, reader: Callable[[bytes], object]) -> object:
    """What a reader makes of a file. Raises RulesError where it can make nothing of it."""
    try:
        return reader(content)
    except _RepeatedError:
        message = sentence("aliases repeat its values to more than {most}", most=f"{MOST_VALUES:,}")
        problem = Problem(path, 0, 0, "", message, "write out what is meant")
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problem = Problem(path, line, column, "", *remedy.of_syntax(error))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(path, line, 1, "", *remedy.of_encoding(content, error))
    except RecursionError:
        problem = Problem(
            path, 0, 0, "", "brackets or keys stand in one another too deep", "nest them less"
        )
    except YAMLError as error:
        message = sentence("not valid YAML in UTF-8: {error}", error=Foreign(error))
        problem = Problem(path, 0, 0, "", message, "mend it")
    raise RulesError([problem])


class _RepeatedError(Exception):
    """Aliases repeat values beyond MOST_VALUES."""


@lru_cache(maxsize=128)
def _values(content: bytes) -> object:
    """Parsing is the slow part of loading: what did not change is not parsed again."""
    try:
        return plain_values(content.decode("utf-8"), MOST_VALUES)
    except Unusual:
        tree = _parse(content)
    if _expanded(tree, {}) > MOST_VALUES:
        raise _RepeatedError
    return _plain(tree)


@lru_cache(maxsize=128)
def _parse(content: bytes) -> object:
    return parse(content.decode("utf-8"))


def parse(written: str) -> object:
    """What YAML says, with comments and places. Raises YAMLError and RecursionError alone."""
    try:
        return parser().load(written)
    except YAMLError:
        raise
    except (ValueError, OverflowError) as error:
        raise _unreadable_value(written, error) from error
    except (NotImplementedError, AssertionError) as error:
        # How ruamel.yaml meets comments that it has no place for.
        raise YAMLError(
            "a comment stands between a key and its value: put it on a line above the key"
        ) from error
    except (AttributeError, TypeError, LookupError) as error:
        # How ruamel.yaml meets tags on what they do not fit.
        raise YAMLError("a tag, `!!…`, on a value that it does not fit: take it out") from error


def _unreadable_value(written: str, error: Exception) -> YAMLError:
    """The complaint about a date, a time or a number that does not exist, at its place."""
    message = f"a date, time or number that does not exist: {error}"
    for node in _scalars(parser().compose(written)):
        try:
            parser().load(node.value)
        except (ValueError, OverflowError):
            return MarkedYAMLError(problem=message, problem_mark=node.start_mark)
        except YAMLError:
            continue
    return YAMLError(message)


def _scalars(node: Node | None) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)
    elif isinstance(node, SequenceNode):
        for child in node.value:
            yield from _scalars(child)


def _expanded(node: object, known: dict[int, int]) -> int:
    """How many values a tree has once every alias is written out. Raises RecursionError."""
    if not isinstance(node, CommentedMap | CommentedSeq):
        return 1
    if id(node) not in known:
        # Meanwhile, a node that holds itself is endless.
        known[id(node)] = MOST_VALUES + 1
        children = node.values() if isinstance(node, CommentedMap) else node
        known[id(node)] = 1 + sum(_expanded(child, known) for child in children)
    return known[id(node)]


def _plain(node: object) -> object:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return node


def _is_internal(part: str | int) -> bool:
    """Whether pydantic put this part of a location there, and not the file."""
    return isinstance(part, str) and ("[" in part or "(" in part)


def _key(location: Location) -> str:
    key = ""
    for part in location:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    return key


def _fields_at(model: type[BaseModel], location: Location) -> set[str]:
    """The keys that are known at a location: found by walking the JSON Schema of the model."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    nodes = [schema]
    for part in location:
        nodes = [child for node in nodes for child in _children(node, part, definitions)]
    return {key for node in nodes for key in _resolve(node, definitions).get("properties", {})}


def _pattern_at(model: type[BaseModel], location: Location) -> str | None:
    """The expression that the text at a key of the file itself has to match."""
    schema = model.model_json_schema() if len(location) == 1 else {}
    named = schema.get("properties", {}).get(str(location[0]), {}) if schema else {}
    pattern: str | None = named.get("pattern")
    return pattern


def _resolve(node: Schema, definitions: Schema) -> Schema:
    reference = node.get("$ref")
    return definitions[reference.rsplit("/", 1)[-1]] if reference else node


def _options(node: Schema, definitions: Schema) -> list[Schema]:
    resolved = _resolve(node, definitions)
    return [resolved, *(_resolve(option, definitions) for option in resolved.get("anyOf", []))]


def _children(node: Schema, part: str | int, definitions: Schema) -> list[Schema]:
    found: list[Schema] = []
    for option in _options(node, definitions):
        if isinstance(part, int):
            child = option.get("items")
        else:
            named = [
                option.get("additionalProperties"),
                *option.get("patternProperties", {}).values(),
            ]
            child = option.get("properties", {}).get(part) or next(filter(None, named), None)
        if isinstance(child, dict):
            found.extend(_options(child, definitions))
    return found
