"""The documentation runs: what the pages on rules show loads, holds and can be typed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest
from anyio import run
from ruamel.yaml import YAML

from api.settings import Settings
from api.storing import opened
from moderation.comment import Comment
from moderation.engine import Engine
from rules.lint import check
from rules.load import DEFAULT_POLICY, load_policy, load_rules
from rules.model import OPERATORS, Pack, Rule

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("rules.md", "rules.ar.md")
HEAD = "pack: page\nversion: 1.0.0\ndescription: Rules of a page.\nrules:\n"
ANIMAL = """\
pack: person_insult
version: 1.0.0
description: One rule.
rules:
  - id: animal
    description: An animal's name beside a call.
    clause: person_insult
    severity: grave
    when: { phrase: [يا كلب, يا حمار] }
    examples: { match: [يا كلب], no_match: [الكلب وفي] }
"""
IMPORTS = Path(__file__).parent / "rules" / "imports"
SAMPLES = {
    "words.txt": "words.txt",
    "coral.json": "settings.json",
    "discourse.csv": "watched_words.csv",
    "automoderator.yaml": "automod.yaml",
}
"""Lists of other systems, and what the pages call them."""
Block = tuple[str, int, str, str]
"""Page, number, kind and content."""


def blocks() -> list[Block]:
    """Every fenced block of the pages."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [
        (page, number, kind, content)
        for page in PAGES
        for number, (kind, content) in enumerate(fence.findall((DOCS / page).read_text("utf-8")))
    ]


BLOCKS = blocks()
HOOKS = [block for block in BLOCKS if block[3].startswith("# .pre-commit-config.yaml")]
RULES = [
    block
    for block in BLOCKS
    if block[2] == "yaml" and block not in HOOKS and not block[3].startswith("breaker:")
]
POLICIES = [block for block in BLOCKS if block[3].startswith("breaker:")]
COMMANDS = [block for block in BLOCKS if block[2] == "sh"]


def named(block: object) -> str:
    return f"{block[0]}-{block[1]}" if isinstance(block, tuple) else ""


def pack_of(content: str) -> str:
    """A block as a whole pack: it is one, or the rules of one."""
    return content if content.startswith("pack:") else HEAD + indent(content, "  ")


@pytest.mark.parametrize("block", HOOKS, ids=named)
def test_hooks_of_a_page_exist(block: Block) -> None:
    offered = {hook["id"] for hook in YAML(typ="safe").load(DOCS.parent / ".pre-commit-hooks.yaml")}
    (repository,) = YAML(typ="safe").load(block[3])["repos"]
    assert {hook["id"] for hook in repository["hooks"]} <= offered


class Site:
    """A folder in which the commands of a page can be typed.

    It has the page's packs in `my-rules`, the policy in `my-policy.yaml`, three published
    versions, of which the pages call the second 3fa4b2c1d0e9, the recorded comment `comment-7`, the
    packs again in `new-rules`, a comment in `comments.jsonl`, and lists of other systems.
    """

    def __init__(self, folder: Path, page: str) -> None:
        self.folder = folder
        self._version = ""
        packs = folder / "my-rules"
        packs.mkdir()
        shutil.copy(DEFAULT_POLICY, folder / "my-policy.yaml")
        for version in ("1.0.0", "1.0.1"):
            pack = ANIMAL.replace("1.0.0", version)
            (packs / "person_insult.yaml").write_text(pack, "utf-8")
            self._version = self._typed(f'moderation rules publish --why "{version}"').split()[0]
        for number, (of, _, _, content) in enumerate(BLOCKS):
            if of == page and content.startswith("pack:"):
                (packs / f"pack-{number}.yaml").write_text(content, "utf-8")
        self._typed('moderation rules publish --why "more"')
        shutil.copytree(packs, folder / "new-rules")
        for sample, name in SAMPLES.items():
            shutil.copy(IMPORTS / sample, folder / name)
        (folder / "comments.jsonl").write_text('{"id": 1, "text": "يا كلب"}\n', "utf-8")
        run(self._record)

    def run(self, commands: str) -> subprocess.CompletedProcess[str]:
        """What a shell says to commands."""
        return subprocess.run(
            ["sh", "-e", "-c", commands.replace("3fa4b2c1d0e9", self._version)],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def _typed(self, commands: str) -> str:
        ran = self.run(commands)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if "REDIS" not in name},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MODERATION_RULES": "my-rules",
            "MODERATION_POLICY": "my-policy.yaml",
            "MODERATION_DATA": "data",
        }

    async def _record(self) -> None:
        rules = load_rules(self.folder / "my-rules")
        engine = Engine(rules, load_policy(), expects_classifier=False)
        comment = Comment("comment-7", "يا كلب")
        async with opened(Settings(data=self.folder / "data", redis_url=None)) as beside:
            await beside.store.submit(comment, engine.judge(comment))


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert {kind for _, _, kind, _ in BLOCKS} == {"yaml", "sh"}
    for page in PAGES:
        text = (DOCS / page).read_text("utf-8")
        assert text.count("```") == 2 * sum(block[0] == page for block in BLOCKS)
        assert len([block for block in RULES if block[0] == page]) >= 7


@pytest.mark.parametrize("block", RULES, ids=named)
def test_rules_of_a_page_are_good(block: Block, tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(pack_of(block[3]), "utf-8")
    assert check(tmp_path, load_policy()) == []


@pytest.mark.parametrize("block", POLICIES, ids=named)
def test_parts_of_a_policy_are_good(block: Block, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(DEFAULT_POLICY.read_text("utf-8") + "\n" + block[3], "utf-8")
    assert load_policy(policy).breaker != load_policy().breaker


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    """By page: a site that has the page's packs, and a store of its own."""
    return {page: Site(tmp_path_factory.mktemp("site"), page) for page in PAGES}


@pytest.mark.parametrize("block", COMMANDS, ids=named)
def test_commands_of_a_page_run(block: Block, sites: dict[str, Site]) -> None:
    """One block after another, as a reader types them."""
    ran = sites[block[0]].run(block[3])
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("key", [f"{operator}:" for operator in OPERATORS])
def test_every_operator_is_documented(page: str, key: str) -> None:
    assert f"`{key}" in (DOCS / page).read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("key", [*Pack.model_fields, *Rule.model_fields])
def test_every_key_is_shown(page: str, key: str) -> None:
    assert re.search(rf"\b{key}:", (DOCS / page).read_text("utf-8"))
