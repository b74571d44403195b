"""template: makes answers from the question, by regular expressions and text templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corefile.golang.faults import EvaluationFault, SyntaxFault
from corefile.plugins.template import Template
from corefile_runtime.chain.handler import Handler, every
from corefile_runtime.plugins.template.handler import Templates
from corefile_runtime.plugins.template.rule import Rule

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home
    from corefile_runtime.chain.site import Link


def prepare(configs: tuple[Template, ...], home: Home) -> Link:
    """Patterns, templates and expressions are compiled once for the block."""
    settings, metrics = home.settings, home.metrics
    try:
        rules = [Rule(config, config.zones or home.zones) for config in configs]
    except (SyntaxFault, EvaluationFault) as fault:  # what no reader of a Corefile can know: it nests too deeply
        raise home.refuse(str(fault)) from None
    for rule in rules:
        settings.divide(rule.depends.networks)
        settings.each_client |= rule.each_client
    return lambda site: Templates(rules, site, metrics).serve


HANDLER = Handler(every(Template, prepare), replays=True)
