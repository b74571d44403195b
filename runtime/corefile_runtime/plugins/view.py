"""view: lets only those queries into the block for which all its expressions give true."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from corefile.golang.exprlang import VIEW, parse
from corefile.golang.exprlang.compiler import compile_program
from corefile.golang.faults import EvaluationFault
from corefile.plugins.view import View as Config
from corefile_runtime.chain.expressions import dependence, environment
from corefile_runtime.chain.settings import View

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Bind, Home
    from corefile_runtime.wire.question import Query

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """The server asks the view which queries come into the chain; in the chain it does nothing."""
    config = cast("Config", configs[0])
    programs = [parse(text, VIEW) for text in config.expressions]
    conditions = [compile_program(program) for program in programs]
    traits = home.instance.traits(home.block)
    depends = dependence(programs)
    traits.divide(depends.networks)
    traits.each_client |= depends.each_client

    def admits(port: int) -> Callable[[Query], bool]:
        text = str(port)

        def holds(query: Query) -> bool:
            if traits.collect is not None:  # labels are there before the first expression
                traits.collect(query)
            known = environment(query, text)
            try:
                return all(condition(known) is True for condition in conditions)
            except EvaluationFault:
                return False

        return holds

    traits.view = View(config.name, admits, depends.stable)
    traits.publishers.append(lambda query: query.publish("view/name", config.name))
    return lambda site: site.next
