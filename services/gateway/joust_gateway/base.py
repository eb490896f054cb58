"""The service's schema: the kit's tables, and the base of its own models."""

from sqlmodel import SQLModel

from joust_contracts.services import ServiceName
from joust_kit.database.tables import kit_tables

KIT = kit_tables(ServiceName.GATEWAY)


class Base(SQLModel, registry=KIT.registry):
    """A table in the schema ``gateway``."""
