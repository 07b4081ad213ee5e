"""How many transitions a second the embedded store records, each on the disk before its answer.

python -m benchmarks.store [--number 5000] [--callers 32]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter

from moderation.comment import Article, Comment
from moderation.finding import Source
from moderation.span import Span
from moderation.store import EmbeddedServer, Outcome, Resolution, Store
from moderation.verdict import Action, Reason, Verdict, Versions

ARTICLE = Article(title="قوات الأمن تفكك خلية متطرفة", id="a-1", section="أمن")
REASON = Reason("person_insult", Action.FLAG, Source("rule", "r", "1"), 0.7, (Span(3, 6),))
SCORES = {"abusive": 0.5, "hate": 0.1, "profanity": 0.2}
VERSIONS = Versions("1", "1", "1")
TEXT = "هذا تعليق من مئة وخمسين حرفا تقريبا يكتبه قارئ تحت مقال عن قوات الأمن والخلية " * 2


def verdict(action: Action) -> Verdict:
    """A verdict of a common size."""
    return Verdict(action, () if action is Action.ALLOW else (REASON,), SCORES, VERSIONS)


async def measure(
    name: str, number: int, callers: int, act: Callable[[int], Awaitable[object]]
) -> None:
    """Runs `act` for 0..number-1 from so many callers at once and prints the rate."""
    numbers = iter(range(number))
    seconds: list[float] = []

    async def caller() -> None:
        for at in numbers:
            began = perf_counter()
            await act(at)
            seconds.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took = perf_counter() - began
    seconds.sort()
    p50, p99 = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
    print(
        f"{name:28} {callers:3} callers  {number / took:7.0f}/s  "
        f"p50 {p50 * 1e3:6.2f} ms  p99 {p99 * 1e3:6.2f} ms"
    )


async def moderate(store: Store, _: int) -> None:
    """One claim and one resolution."""
    for item in await store.queue.claim("m-1"):
        await store.queue.resolve(item.id, "m-1", Resolution(Outcome.APPROVE))


async def run(number: int, callers: int) -> None:
    """Every measurement on one fresh store."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            EmbeddedServer(Path(folder)) as server,
            await Store.open(server.url) as store,
        ):
            for action in (Action.ALLOW, Action.FLAG):
                for many in (1, callers):
                    judged, group = verdict(action), f"{action}-{many}"

                    async def submit(
                        at: int, judged: Verdict = judged, group: str = group
                    ) -> object:
                        comment = Comment(f"{group}-{at}", TEXT, ARTICLE)
                        return await store.submit(comment, judged)

                    await measure(f"submit, {action}", number, many, submit)
            await measure("list 50 of the queue", number // 10, 1, lambda _: store.queue.list())
            for many in (1, callers):
                await measure("claim 1 and resolve", number, many, lambda at: moderate(store, at))
            await measure("get", number, callers, lambda at: store.get(f"allow-1-{at}"))
            began = perf_counter()
            found = await store.audit.verify()
            assert found.sound
            print(f"verify {found.checked} entries: {perf_counter() - began:.2f} s")
            memory = (await store._library.client.info("memory"))["used_memory"]
            print(f"memory of the server: {memory / 2**20:.0f} MiB")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--number", type=int, default=5000)
    arguments.add_argument("--callers", type=int, default=32)
    given = arguments.parse_args()
    asyncio.run(run(given.number, given.callers))
