"""view: lets only those queries into the block for which all its expressions give true."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from corefile.golang.exprlang import VIEW, parse
from corefile.golang.exprlang.compiler import compile_program
from corefile.golang.faults import EvaluationFault
from corefile.plugins.view import View as Config
from corefile_runtime.chain.expressions import dependence, environment
from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.settings import View

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link
    from corefile_runtime.wire.question import Query


def prepare(config: Config, home: Home) -> Link:
    """The server asks the view which queries come into the chain; in the chain it does nothing."""
    programs = [parse(text, VIEW) for text in config.expressions]
    conditions = [compile_program(program) for program in programs]
    settings, depends = home.settings, dependence(programs)
    settings.divide(depends.networks)
    settings.each_client |= depends.each_client

    def admits(port: int) -> Callable[[Query], bool]:
        text = str(port)

        def holds(query: Query) -> bool:
            if settings.collect is not None:  # labels are there before the first expression
                settings.collect(query)
            known = environment(query, text)
            try:
                return all(condition(known) is True for condition in conditions)
            except EvaluationFault:
                return False

        return holds

    settings.view = View(config.name, admits, depends.stable)
    home.publishes("view/name", lambda query: query.publish("view/name", config.name), steady=True)
    return lambda site: site.next


HANDLER = Handler(one(Config, prepare), replays=True)
