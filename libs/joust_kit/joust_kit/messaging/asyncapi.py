"""AsyncAPI 3.0 of a service: what it takes from Kafka, what it emits, which jobs it runs.

FastStream writes the document from brokers that are declared, not connected, from the subscriptions table.
"""

import json
from typing import Any

from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from joust_kit.service import Service


def asyncapi_document(service: Service) -> dict[str, Any]:
    """The document as plain data."""
    broker = KafkaBroker(service.settings.kafka_bootstrap_servers)
    for event in service.subscriptions.emits:
        broker.publisher(
            event.source.topic, title=f"emits:{event.wire_type()}", description=event.__doc__, schema=event
        )
    for handler in service.subscriptions.handlers:
        _declare(broker, service, handler)
    specification = AsyncAPI(
        broker, title=f"Joust {service.name}", version="1", description=service.description
    )
    document: dict[str, Any] = json.loads(specification.to_specification().to_json())
    return document


def _declare(broker: KafkaBroker, service: Service, handler: Any) -> None:
    async def take(message: Any) -> None:
        """Declared for the document alone; the consumer reads Kafka."""

    take.__annotations__ = {"message": handler.event, "return": None}
    title = f"takes:{handler.event.wire_type()}:{handler.name}"
    broker.subscriber(
        handler.event.source.topic,
        group_id=service.subscriptions.group,
        title=title,
        description=handler.run.__doc__ or handler.name,
    )(take)
