"""`moderation check`: judge comments without a server."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text as Styled

from api.cli.failure import PROBLEMS, fail
from api.cli.printable import printable
from api.cli.sources import OWN_PACKS, OWN_POLICY, sources
from moderation.comment import Article, Comment
from moderation.engine import Engine
from moderation.verdict import Action, Verdict

_COLOURS = {Action.ALLOW: "green", Action.FLAG: "yellow", Action.REJECT: "red"}


class Form(StrEnum):
    """How comments come in and verdicts go out."""

    JSONL = "jsonl"
    TEXT = "text"


def check(
    comment: Annotated[
        str | None, typer.Argument(help="One comment; without it, standard input is read.")
    ] = None,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            help="text: one comment a line, for people. jsonl: JSON Lines, for programs.",
        ),
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the article (text form).")] = "",
    author: Annotated[
        list[str] | None, typer.Option(help="Author of the article (text form); may repeat.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help=f"Folder of rule packs; default: {OWN_PACKS}.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help=f"Policy file; default: {OWN_POLICY}.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a model bundle.")] = None,
    no_model: Annotated[bool, typer.Option("--no-model", help="Judge by rules alone.")] = False,
) -> None:
    """Judge comments by the rules, the classifier and the policy. No server is needed.

    One comment:

        moderation check "تحقيق جيد، شكرا للكاتب"

    A file of plain lines, judged as comments on an article:

        moderation check --format text --author "سليم الخطيب" < comments.txt

    A line that is not UTF-8 is told and not judged; the others are, and the exit code is 1.

    JSON Lines, {"id", "text", "article": {"title", "authors": […]} | null} each; section, tags and
    people of the article, author, parent, newcomer and repeats of the comment are read too, other
    keys are ignored:

        moderation check --format jsonl < comments.jsonl > verdicts.jsonl

    A line that cannot be judged is answered by {"id", "error": {"line", "message"}}; the others are
    judged, and the exit code is 1.
    """
    if comment is not None:
        _refuse_name_of_file(comment)
    engine = _engine(rules, policy, model, no_model=no_model)
    article = Article(title=title, authors=tuple(author or ())) if title or author else None
    if comment is not None:
        _check_one(engine, Comment("1", comment, article), form or Form.TEXT)
    elif (form or Form.TEXT) is Form.JSONL:
        _check_json_lines(engine)
    else:
        _check_text_lines(engine, article, asked=form is not None)


def _engine(
    rules: Path | None, policy: Path | None, model: Path | None, *, no_model: bool
) -> Engine:
    from api.settings import Settings
    from api.wiring import equip, load_classifier, settle
    from rules.errors import RulesError

    settings = Settings()
    classifier = None
    if not no_model and settings.classifier:
        loaded = load_classifier(model or settings.served_model)
        classifier = loaded.classifier
        if loaded.problem and model is not None:
            fail(f"the model cannot be used: {loaded.problem}", "give another, or --no-model")
        if loaded.problem:
            typer.echo(f"judging by rules alone: {loaded.problem}", err=True)
    read = sources(settings, rules, policy)
    try:
        engine = equip(
            read.packs,
            read.policy,
            classifier,
            expects_classifier=not no_model,
        ).engine
    except RulesError as error:
        fail(str(error), "`moderation rules check` explains rule files")
    settle()
    return engine


def _check_one(engine: Engine, comment: Comment, form: Form) -> None:
    verdict = engine.judge(comment)
    if form is Form.JSONL:
        from api.lines import told

        sys.stdout.buffer.write(told(comment, verdict).encode("utf-8", "backslashreplace"))
    else:
        _show(Console(highlight=False), comment.text, verdict)


def _check_json_lines(engine: Engine) -> None:
    from api.lines import check_lines

    try:
        outcome = check_lines(engine, sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # The reader has what it wanted; nothing may be flushed into the pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if outcome.failed:
        typer.echo(f"{outcome.failed} lines could not be judged", err=True)
        raise typer.Exit(PROBLEMS)


def _check_text_lines(engine: Engine, article: Article | None, *, asked: bool) -> None:
    """Judges plain lines. Unless they were asked for, lines of JSON are not taken for some."""
    console = Console(highlight=False)
    failed = 0
    if sys.stdin.isatty():
        typer.echo("One comment a line; Ctrl-D ends.", err=True)
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            failed += 1
            typer.echo(
                f"line {number} is not UTF-8: {error.reason} at byte {error.start}", err=True
            )
            continue
        if not asked and _is_of_json_lines(text.removeprefix("\ufeff")):
            raise typer.BadParameter(
                f"line {number} is JSON: give jsonl to judge what it holds, or text to judge it as "
                "it stands",
                param_hint="--format",
            )
        if text.strip():
            _show(console, text, engine.judge(Comment(str(number), text, article)))
    if failed:
        fail(
            f"{failed} lines could not be judged",
            "save them as UTF-8; `iconv -f windows-1256 -t utf-8` converts many old Arabic files",
        )


def _is_of_json_lines(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and "text" in said


def _refuse_name_of_file(comment: str) -> None:
    """Who gives the name of a file wants the file to be judged, and not its name."""
    try:
        named = Path(comment).is_file()
    except (OSError, ValueError):
        return
    if named:
        form = Form.JSONL if Path(comment).suffix in {".jsonl", ".ndjson"} else Form.TEXT
        raise typer.BadParameter(
            f"this is a file, and a comment is expected; write `moderation check --format {form} < "
            f"{printable(comment)}`",
            param_hint="COMMENT",
        )


def _show(console: Console, original: str, verdict: Verdict) -> None:
    shown = Styled(printable(original))
    for reason in verdict.reasons:
        for span in reason.spans:
            shown.stylize(f"bold {_COLOURS[reason.action]}", span.start, span.end)
    action = Styled(f"{verdict.action.value:<7}", style=f"bold {_COLOURS[verdict.action]}")
    console.print(action + shown, soft_wrap=True)
    for reason in verdict.reasons:
        quoted = "، ".join(f"«{printable(original[s.start : s.end])}»" for s in reason.spans)
        line = f"        {reason.clause} {reason.score:.2f} {reason.source} {quoted}"
        console.print(Styled(line, style="dim"), soft_wrap=True)
