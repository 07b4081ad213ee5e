"""Checking an unpublished file as it is being typed, in a process beside the service.

Reading and checking every pack takes seconds of work: the service goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from multiprocessing import connection, get_context, parent_process
from multiprocessing.pool import Pool
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final

import structlog

from api.rulebook.files import PACKS, POLICY, Files
from rules import lint
from rules.compile import compile_packs
from rules.errors import Problem, RulesError
from rules.load import load_policy, read_pack, read_packs
from rules.ruleset import RuleSet
from rules.sentence import Foreign, sentence

_log = structlog.get_logger("api.console.rules")

_NICE: Final = 10
_LONGEST_SECONDS: Final = 60.0


class CheckFailedError(Exception):
    """A check could not be run, whatever the files say. `reason` is a sentence of the tools."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def checked(files: Files, edited: str, *, thorough: bool) -> list[Problem]:
    """What is wrong with a set of files of which one was edited, each problem under its file.

    What cannot be read, and what is wrong in the edited file itself, comes soon. With `thorough`,
    the examples of all packs are run too, and likely mistakes in the edited file are told.

    Raises CheckFailedError where no answer comes.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Problem]] = loop.create_future()

    def tell(found: list[Problem]) -> None:
        loop.call_soon_threadsafe(_answer, answer, found)

    def fail(error: BaseException) -> None:
        loop.call_soon_threadsafe(_fail, answer, error)

    _beside(thorough).apply_async(problems_of, (files, edited, thorough), {}, tell, fail)
    try:
        return await asyncio.wait_for(answer, _LONGEST_SECONDS)
    except TimeoutError as error:
        # The file is a trap, or somebody ended the process and what it was asked is lost.
        _beside(thorough).terminate()
        _beside.cache_clear()
        raise CheckFailedError(
            sentence(
                "checking took longer than {seconds} s and was given up",
                seconds=round(_LONGEST_SECONDS),
            )
        ) from error
    except Exception as error:
        _log.exception("the check of a draft failed")
        raise CheckFailedError(
            sentence("the check ended with an error: {error}", error=Foreign(repr(error)))
        ) from error


def _answer(answer: asyncio.Future[list[Problem]], found: list[Problem]) -> None:
    if not answer.done():
        answer.set_result(found)


def _fail(answer: asyncio.Future[list[Problem]], error: BaseException) -> None:
    if not answer.done():
        answer.set_exception(error)


def problems_of(files: Files, edited: str, thorough: bool) -> list[Problem]:
    """The same, here and now."""
    with TemporaryDirectory(prefix="moderation-draft-") as name:
        folder = Path(name)
        (folder / PACKS).mkdir()
        files.write(folder)
        try:
            found = _problems(folder, folder / edited, thorough=thorough)
        except RulesError as error:
            found = error.problems
        return [replace(each, path=_inside(each.path, folder)) for each in found]


def _problems(folder: Path, edited: Path, *, thorough: bool) -> Sequence[Problem]:
    if edited.parent == folder / PACKS and edited.suffix == ".yaml":
        read_pack(edited)
    policy = load_policy(folder / POLICY)
    packs = read_packs(folder / PACKS)
    if thorough:
        found = lint.lint_packs(packs, policy)
        return [each for each in found if each.level == "error" or each.path == edited]
    own = [pack for pack in packs if pack.source.path == edited]
    try:
        rules = RuleSet(compile_packs(packs), "")
    except RulesError:
        # It says of unknown lists which was meant.
        return lint.lint_packs(packs, policy, lint.ERRORS)
    return lint.lint_rule_set(own or packs, rules, policy, lint.ERRORS)


def _inside(path: Path, folder: Path) -> Path:
    return path.relative_to(folder) if path.is_relative_to(folder) else path


@cache
def _beside(thorough: bool) -> Pool:  # noqa: ARG001 - one for each kind
    """A process of its own for either kind: what must come soon does not wait for what is long."""
    pool = get_context("spawn").Pool(1, _begin)
    atexit.register(pool.terminate)
    return pool


def _begin() -> None:
    """Works behind everything else, and ends with the service, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(0)
