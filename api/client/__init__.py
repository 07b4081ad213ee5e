"""The service's client for Python, synchronous and asynchronous.

from api.client import Comment, ModerationClient

with ModerationClient("http://127.0.0.1:8000", key="mod_…") as client:
    record = client.submit(Comment(id="c-1", text="تحقيق جيد"))
"""

from api.client.asynchronous import AsyncModerationClient, AsyncQueue
from api.client.errors import (
    ConflictError,
    InvalidRequestError,
    ModerationError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from api.client.retrying import Retries
from api.client.synchronous import ModerationClient, Queue
from api.client.webhook import WebhookRefused, read_webhook
from api.client.wire import Preview, QueuePage
from api.webhooks.event import Event
from moderation.comment import Article, Comment

__all__ = [
    "Article",
    "AsyncModerationClient",
    "AsyncQueue",
    "Comment",
    "ConflictError",
    "Event",
    "InvalidRequestError",
    "ModerationClient",
    "ModerationError",
    "NotAllowedError",
    "NotFoundError",
    "Preview",
    "Queue",
    "QueuePage",
    "Retries",
    "UnavailableError",
    "WebhookRefused",
    "read_webhook",
]
