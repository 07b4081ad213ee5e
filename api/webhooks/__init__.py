"""Webhooks out: what was decided is told to whoever asked, signed as Standard Webhooks has it."""

from api.webhooks.endpoint import Endpoint, EventType
from api.webhooks.event import Event, EventData
from api.webhooks.outbox import Delivery, Outbox, Totals
from api.webhooks.registry import Webhooks

__all__ = [
    "Delivery",
    "Endpoint",
    "Event",
    "EventData",
    "EventType",
    "Outbox",
    "Totals",
    "Webhooks",
]
