"""The service's command line."""

from joust_gateway.bootstrap import create_service
from joust_kit.cli import service_cli

cli = service_cli(create_service)
