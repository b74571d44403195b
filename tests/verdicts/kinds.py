"""Corefiles in which two readers once came to different verdicts, by kind: what differed, and all that is like it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.verdicts.moments import late_checks, typed_variables, variables_that_cannot_be_set
from tests.verdicts.names import final_dots, letter_cases
from tests.verdicts.places import bound_interfaces, impossible_interfaces, scoped_upstreams
from tests.verdicts.shapes import any_plugin
from tests.verdicts.structure import any_structure

Kind = Callable[[Random], str]
"""Makes one Corefile of a kind."""

KINDS: dict[str, Kind] = {
    kind.__name__.replace("_", "-"): kind
    for kind in (
        bound_interfaces,
        final_dots,
        letter_cases,
        scoped_upstreams,
        typed_variables,
        variables_that_cannot_be_set,
        impossible_interfaces,
        late_checks,
        any_plugin,
        any_structure,
    )
}

CERTAIN = frozenset(("variables-that-cannot-be-set", "impossible-interfaces"))
"""Kinds in which no machine decides: to say so is a difference."""
