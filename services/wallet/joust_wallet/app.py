"""The service's command line."""

from joust_kit.cli import service_cli
from joust_wallet.bootstrap import create_service

cli = service_cli(create_service)
