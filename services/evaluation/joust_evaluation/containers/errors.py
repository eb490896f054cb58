"""Refusals about evaluation containers.

JoustError
├── NotFound             404  NoLog
└── Invalid              422  NoEngine, ImageNotFound, RegistryNotAllowed, NoNetwork

Exception
└── EngineError          the engine refused a request
    ├── NoSuchThing      it does not know the image, container, volume or file
    ├── NoArchive        what lies there fits into no archive
    └── BadConfig        it can't do what was asked as it was asked
"""

from joust_contracts.refusals import submissions, tasks
from joust_kit.errors import Invalid, NotFound


class EngineError(Exception):
    """The engine refused a request, and would refuse it again."""


class NoSuchThing(EngineError):
    """The engine does not know it."""


class NoArchive(EngineError):
    """A socket lies there, or a link that leads to itself."""


class BadConfig(EngineError):
    """Of all that it is asked, only what the poster's image says of itself can be wrong in itself."""


class NoLog(NotFound, says=submissions.NO_CONTAINER_LOG):
    """No container ran for this iteration, or it is none of the caller's business."""


class NoEngine(Invalid, says=tasks.EVAL_MODE_UNAVAILABLE):
    """This deployment runs no containers."""


class ImageNotFound(Invalid, says=tasks.EVAL_IMAGE_NOT_FOUND):
    """The registry does not give the image out."""


class RegistryNotAllowed(Invalid):
    """Images are pulled from registries that the deployment names, and no others."""

    message = "Images of this registry are not taken; see details."


class NoNetwork(Invalid):
    """This deployment gives no network to containers."""

    message = "Evaluation containers get no network in this deployment; see details."
