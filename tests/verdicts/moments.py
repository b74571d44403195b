"""What CoreDNS knows only later: the types of variables, what hangs on the environment, checks behind a block."""

from __future__ import annotations

from random import Random


def typed_variables(random: Random) -> str:
    """Variables of `template` of which an expression tells the type."""
    first = _reduction(random) if random.random() < 0.5 else random.choice(
        (
            f"sum({_range(random)})",
            f"sum({_range(random)}, {random.choice(('#', '# * 2', '2 - #', '# + 1.5', '# / 2', 'string(#)'))})",
            f"sum([{random.choice(('1, 2', '1.5, 2', '1, size()'))}])",
            f"sum(map({_range(random)}, {random.choice(('#', '# * 2', '# / 2'))}))",
            f"len(filter({_range(random)}, # > 2))",
            f"filter({_range(random)}, # > 2){random.choice(('', '[0]', '[-1]'))}",
            f"{random.choice(('first', 'last'))}(filter({_range(random)}, # > 2))",
            f"count({_range(random)}, # > 2) {random.choice(('> 0', '>= 1', '+ 1', '> 3'))}",
            f"size() in {random.choice((_range(random), '[1, 2]', '[name()]'))}",
            f"true and {_reduction(random)}",
            f"{_reduction(random)} + 1",
            f"{random.choice(('true', 'do()'))} ? {_reduction(random)} : {random.choice(('1', 'name()'))}",
            f"[{_reduction(random)}]",
            f"-{_reduction(random)}",
            f"let x = {_reduction(random)}; {random.choice(('x', 'x + 1'))}",
            "1 / 2", "5 % 3", "2 ** 3", "1 + 2", "1 - 2.5", "'a' + 'b'", "1 == 2", "not true", "[1, 'a']", "{a: 1}",
            "false or name()", "nil", "nil ?? 1", "name() ?? 1", "[1, 2][0]", "{a: 1}.a", "group('a')", "$env", "now()",
        )
    )  # fmt: skip
    use = random.choice(
        ("n == 'z'", "n == 1", "n + 1 > 0", "n == true", "n[0] == 1", "len(n) > 0", "n == nil", "not n")
    )
    second = random.choice(("", f'        var m "{random.choice(("n", "n + 1", "[n]", "n == 1"))}"\n'))
    if second:
        use = use.replace("n", "m", 1) if use.startswith("n") else use
    return f'. {{\n    template IN A {{\n        var n "{first}"\n{second}        expr "{use}"\n    }}\n}}\n'


def _range(random: Random) -> str:
    return random.choice(("2..5", "1..9", "5..2", "1..1", "(1+1)..5", "-1..3", "1..size()", "sum(1..2)..9", "1..2 * 3"))


def _reduction(random: Random) -> str:
    predicate = random.choice(
        (
            "# + #acc",
            "# + #acc",
            "#acc + #",
            "#acc + # + 0",
            "#acc + 1",
            "#",
            "# * #acc",
            "{# + #acc}",
            "(# + #acc)",
            "# + 1",
        )
    )
    first = random.choice(("", "", ", 0", ", 1.5", ", 'a'", ", 1 + 1", ", -1", ", size()", ", sum(1..3)"))
    return f"reduce({_range(random)}, {predicate}{first})"


def variables_that_cannot_be_set(random: Random) -> str:
    """Variables that no environment can set, for there is a `=` in their names."""
    name = random.choice(("A=B", "=", "A=", "=B", "==", "é="))
    variable = random.choice((f"{{${name}}}", f"{{%{name}%}}"))
    place = random.choice(
        (
            "V {\n    whoami\n}\n",
            "V {\n    whoami\n}\n. {\n    whoami\n}\n",
            ". {\n    V\n}\n",
            ". {\n    whoami V\n}\n",
            ". {\n    cache V\n}\n",
            ". {\n    cache 3V0\n}\n",
            ". {\n    bind V\n    whoami\n}\n",
            ". {\n    forward V 192.0.2.1\n}\n",
            ". {\n    forward . V\n}\n",
            ". {\n    cache {\n        V\n    }\n}\n",
            ". {\n    errors {\n        consolidate V x\n    }\n}\n",
            ".:V {\n    whoami\n}\n",
            ".:V53 {\n    whoami\n}\n",
            "(V) {\n    whoami\n}\n. {\n    import V\n}\n",
            ". {\n    acl {\n        block net V\n    }\n}\n",
            "import V\n. {\n    whoami\n}\n",
            ". {\n    whoami\n}\nV",
        )
    )
    return place.replace("V", variable)


def late_checks(random: Random) -> str:
    """Several faults in one block, some of which CoreDNS sees only behind its end."""
    lines = random.sample(_LATE, random.choice((1, 2, 2, 3)))
    zones = random.choice((" a.b", " a.b", "", " a.b c.d"))
    return f". {{\n    kubernetes{zones} {{\n{''.join(f'        {line}{chr(10)}' for line in lines)}    }}\n}}\n"


_LATE = (
    'endpoint "tcp://a b:1"',
    "endpoint http://127.0.0.1:8080/api/x",
    "endpoint 127.0.0.1:8080/api",
    'endpoint ""',
    "multicluster x.y",
    "multicluster a.b",
    "multicluster .",
    "namespaces a",
    "namespace_labels a=b",
    "namespace_labels =",
    "zonal",
    "noendpoints",
    'kubeconfig "" context',
    'tls cert "" ca',
    "ttl 5000",
    "pods x",
    "unknown",
    "labels a=b",
    "apiserver_qps -1",
)
