"""What every piece of one stack shares: settings, folders, secrets, ports and the addresses made of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from joust_embedded.credentials import Credentials
from joust_embedded.layout import Layout
from joust_embedded.settings import EmbeddedSettings

BUCKET = "joust"
DATABASE = "joust"


@dataclass(frozen=True)
class StackContext:
    """One stack, before anything of it runs."""

    settings: EmbeddedSettings
    layout: Layout
    credentials: Credentials
    ports: Mapping[str, int]
    # Says what a part is busy with, for the progress line: name of the part, text.
    report: Callable[[str, str], None]

    def address(self, name: str) -> str:
        """``host:port`` of a service or part."""
        return f"{self.settings.host}:{self.ports[name]}"

    def url(self, name: str) -> str:
        """Base URL of a service, or of S3."""
        return f"http://{self.address(name)}"

    def urls_of(self, service: str) -> str:
        """Base URLs of all processes of a service, with commas between."""
        return ",".join(self.url(process) for process in self.settings.processes_of(service))

    def postgres_dsn(self, database: str = DATABASE) -> str:
        """Superuser's DSN, for asyncpg and psql."""
        return f"postgresql://postgres:{self.credentials.postgres_password}@{self.address('postgres')}/{database}"

    def service_database_url(self, service: str) -> str:
        """SQLAlchemy URL of a service's runtime role."""
        password = self.credentials.service_passwords[service]
        return f"postgresql+asyncpg://joust_{service}:{password}@{self.address('postgres')}/{DATABASE}"

    def owner_database_url(self, service: str) -> str:
        """SQLAlchemy URL of the role that owns a service's schema; for migrations."""
        password = self.credentials.owner_passwords[service]
        return f"postgresql+asyncpg://joust_{service}_owner:{password}@{self.address('postgres')}/{DATABASE}"
