"""A newspaper's site of its own: article pages with the comment form, under a strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import parse_qs, urlsplit

SCRIPT: Final = Path(__file__).parents[2] / "api" / "static" / "comment-form.js"
ARTICLE: Final = "article-7"
_PAGE: Final = """<!doctype html>
<html lang="{lang}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>الأمن يفكك خلية جهادية</title>
<script type="module" src="{script}"></script>
</head>
<body>
<main>
<h1>الأمن يفكك خلية جهادية</h1>
<comment-form appeal="editors@site.example">
<form method="post" action="{service}/v1/form">
<input type="hidden" name="key" value="{key}">
<input type="hidden" name="article" value="{article}">
<input type="hidden" name="title" value="الأمن يفكك خلية جهادية">
<input type="hidden" name="author" value="سليم الخطيب">
<input type="hidden" name="lang" value="{lang}">
<input type="hidden" name="appeal" value="editors@site.example">
<input type="hidden" name="url" value="{origin}/">
<label for="comment">تعليقك</label>
<textarea id="comment" name="text" maxlength="500"></textarea>
<button>أرسل التعليق</button>
</form>
</comment-form>
</main>
</body>
</html>
"""


@dataclass
class Site:
    """Serves `/` in Arabic and `/?lang=en`; with `own=1` the script is the site's own copy."""

    server: ThreadingHTTPServer
    service: str = ""
    key: str = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, target: str) -> tuple[str, bytes]:
        """Content type and body."""
        if target == "/comment-form.js":
            return "text/javascript; charset=utf-8", SCRIPT.read_bytes()
        asked = parse_qs(urlsplit(target).query)
        lang = asked.get("lang", ["ar"])[0]
        own = "own" in asked
        page = _PAGE.format(
            lang=lang,
            direction="ltr" if lang == "en" else "rtl",
            script="/comment-form.js" if own else f"{self.service}/static/comment-form.js",
            service=self.service,
            key=self.key,
            article=ARTICLE,
            origin=self.origin,
        )
        return "text/html; charset=utf-8", page.encode()

    def policy(self) -> str:
        return (
            f"default-src 'none'; script-src 'self' {self.service}; connect-src {self.service}; "
            f"form-action {self.service}; base-uri 'none'; require-trusted-types-for 'script'"
        )


@contextmanager
def serving_site() -> Iterator[Site]:
    """A site that runs; give it a service and a key."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = site.answer(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", site.policy())
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(server)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
