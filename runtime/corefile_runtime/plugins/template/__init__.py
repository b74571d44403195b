"""template: makes answers from the question, by regular expressions and text templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from corefile.golang.faults import EvaluationFault, SyntaxFault
from corefile_runtime.chain.inner_query import asker
from corefile_runtime.plugins.template.handler import Handler
from corefile_runtime.plugins.template.rule import Rule

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile.plugins.template import Template as Config
    from corefile_runtime.chain.build import Bind, Home

REPLAYS = True


def make(configs: tuple[AnyConfig, ...], home: Home) -> Bind:
    """Patterns, templates and expressions are compiled once for the block."""
    instance = home.instance
    traits = instance.traits(home.block)
    try:
        rules = [Rule(config, config.zones or home.block.zones) for config in cast("tuple[Config, ...]", configs)]
    except (SyntaxFault, EvaluationFault) as fault:  # what no reader of a Corefile can know: it nests too deeply
        raise home.refuse(str(fault)) from None
    for rule in rules:
        traits.divide(rule.depends.networks)
        traits.each_client |= rule.each_client
    return lambda site: Handler(rules, site, instance.metrics, asker(instance, site.server)).serve
