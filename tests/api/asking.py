"""Requests in the name of a key, and the comments that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx

from api.keys import Role
from api.service import Service

ARTICLE: Final = {
    "id": "article-7",
    "title": "الأمن يفكك خلية جهادية",
    "authors": ["سليم الخطيب"],
    "section": "أخبار",
}
CIVIL: Final = "تحقيق جيد، لكن أين مصادر الكاتب؟"
BORDERLINE: Final = "المتحدث كلب حراسة عند الوزير"
OBSCENE: Final = "😀 يا قَـ ح ـبـ ـة"


@dataclass(frozen=True)
class Asking:
    """A client that sends one key with every request."""

    client: httpx.AsyncClient
    secret: str
    key: str

    @classmethod
    async def keyed(cls, service: Service, client: httpx.AsyncClient, *roles: Role) -> Asking:
        key, secret = await service.keys.create("test", roles)
        return cls(client, secret, key.id)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(path, params=query, headers=self._headers())

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers=self._headers() | headers)

    async def post_bytes(self, path: str, body: bytes) -> httpx.Response:
        headers = self._headers() | {"Content-Type": "application/json"}
        return await self.client.post(path, content=body, headers=headers)

    async def submit(self, text: str, identifier: str = "c-1", **more: Any) -> dict[str, Any]:
        body = {"id": identifier, "text": text, "article": ARTICLE, **more}
        answer = await self.post("/v1/comments", body)
        assert answer.status_code in {200, 201}, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem of an answer that must be one (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["type"].startswith("urn:moderation:problem:")
    assert told["title"]
    return told


def places(answer: httpx.Response, status: int = 422) -> list[str]:
    """The fields that a problem names."""
    return [
        error.get("pointer", error.get("parameter")) for error in problem(answer, status)["errors"]
    ]
