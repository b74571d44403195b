"""expr-lang (github.com/expr-lang/expr 1.17.8), as CoreDNS's plugins `view` and `template` use it."""

from corefile.golang.exprlang.environments import TEMPLATE, VIEW, Environment, with_variable
from corefile.golang.exprlang.program import Program, parse, variable_name_fault

__all__ = ["TEMPLATE", "VIEW", "Environment", "Program", "parse", "variable_name_fault", "with_variable"]
