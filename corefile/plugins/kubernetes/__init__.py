"""kubernetes: answers for the services and pods of a cluster."""

from __future__ import annotations

from corefile.plugins.answering import by_zone
from corefile.plugins.kubernetes.config import Kubernetes
from corefile.plugins.kubernetes.page import DESCRIPTION, EXAMPLES, PROPERTIES
from corefile.plugins.kubernetes.reading import finish, read
from corefile.plugins.spec import Plugin

PLUGIN = Plugin(
    name="kubernetes",
    summary="answers for the services, endpoints and pods of a Kubernetes cluster",
    usage=("kubernetes [ZONES...]",),
    config=Kubernetes,
    answers=by_zone,
    read=read,
    once=True,
    finish=finish,
    properties=PROPERTIES,
    labels={"endpoints": "endpoint", "endpoints_watched": "endpoints", "ignore_empty_service": "ignore empty_service"},
    description=DESCRIPTION,
    examples=EXAMPLES,
)
