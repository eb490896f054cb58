"""The service's command line."""

from joust_evaluation.bootstrap import create_service
from joust_evaluation.calibration.cli import add_calibrate
from joust_kit.cli import service_cli

cli = service_cli(create_service)
add_calibrate(cli)
