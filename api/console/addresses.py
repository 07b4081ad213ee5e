"""Addresses within the console: where somebody is, and where they may be sent."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from fastapi import Request

from api.console.forgery import SAFE

HOME: Final = "/console"


def local(path: str) -> str:
    """A path of the console as it is; the console's first page for any other address."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    inside = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    plain = path.isprintable() and "\\" not in path and path.startswith("/")
    return path if inside and plain and not parts.scheme and not parts.netloc else HOME


def page_of(request: Request) -> str:
    """Where the person is: the page itself, or the one that a form or htmx asked from."""
    at = request.headers.get("hx-current-url")
    if at is None and request.method in SAFE:
        at = str(request.url)
    return _path_of(request.headers.get("referer", "") if at is None else at)


def came_from(request: Request) -> str:
    """The page before this one; the console's first where it is not known, or this one itself."""
    before = _path_of(request.headers.get("referer", ""))
    return HOME if urlsplit(before).path == request.url.path else before


def _path_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return HOME
    return local(f"{parts.path}?{parts.query}" if parts.query else parts.path)
