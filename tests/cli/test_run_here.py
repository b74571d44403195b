"""`corefile run` is the machine that serves: variables and files are what they are here, and errors refuse."""

from pathlib import Path

import pytest
from corefile_cli.run import Loader
from corefile_runtime.process.reloads import LoadError

from corefile.compiler import Options, compile_corefile

HERE = Options(extensions=True, serves_here=True)

UNSET = {
    "an-access-list": (".:1053 {\n    acl {\n        block net {$UNSET}\n    }\n    whoami\n}\n", 3),
    "the-port": (".:{$UNSET} {\n    whoami\n}\n", 1),
    "bind": (".:1053 {\n    bind {$UNSET}\n    whoami\n}\n", 2),
    "view": (".:1053 {\n    view v {\n        expr {$UNSET}\n    }\n    whoami\n}\n", 3),
    "import": ("import {$UNSET}\n.:1053 {\n    whoami\n}\n", 1),
    "cache": (".:1053 {\n    cache {\n        success {$UNSET}\n    }\n    whoami\n}\n", 3),
    "header": (".:1053 {\n    header {\n        response {$UNSET} aa\n    }\n    whoami\n}\n", 3),
    "log": (".:1053 {\n    log {$UNSET} {\n        class {$UNSET}\n    }\n    whoami\n}\n", 3),
    "forward": (".:1053 {\n    forward . {$UNSET}\n}\n", 2),
    "a-directive": (".:1053 {\n    {$UNSET}\n}\n", 2),
}
"""Corefiles that CoreDNS 1.14.7 refuses where the variable is not set, and the line at which it does."""

MISSING = {
    "tls": "tls://.:1053 {\n    tls none.pem none.key\n    whoami\n}\n",
    "tls-of-forward": ".:1053 {\n    forward . 127.0.0.1 {\n        tls none.pem none.key\n    }\n}\n",
    "ca-of-forward": ".:1053 {\n    forward . 127.0.0.1 {\n        tls none.pem\n    }\n}\n",
    "nameservers": ".:1053 {\n    forward . ./none.conf\n}\n",
    "below-root": ".:1053 {\n    root /none\n    forward . 127.0.0.1 {\n        tls none.pem none.key\n    }\n}\n",
}
"""Corefiles that CoreDNS 1.14.7 refuses for a file that is not there."""

WARNED = {
    "hosts": ".:1053 {\n    hosts none.hosts\n    whoami\n}\n",
    "root": ".:1053 {\n    root none\n    whoami\n}\n",
    "an-argument-that-may-be-empty": ".:1053 {\n    chaos {$UNSET}\n    whoami\n}\n",
    "no-keys-at-all": "{$UNSET}\n",
    "a-pattern-without-files": ".:1053 {\n    import none-*.conf\n    whoami\n}\n",
    "a-rule-of-ours": ".:1053 {\n    whoami\n    template ANY ANY {\n        rcode NXDOMAIN\n    }\n}\n",
}
"""Corefiles that CoreDNS 1.14.7 serves, with a warning at most."""


def load(text: str, folder: Path) -> None:
    (folder / "Corefile").write_text(text)
    Loader(str(folder / "Corefile"), HERE)()


@pytest.mark.parametrize("name", UNSET)
def test_a_fault_that_hangs_on_an_unset_variable_is_not_served(name: str, tmp_path: Path) -> None:
    text, line = UNSET[name]
    assert compile_corefile(text).verdict == "environment", "for lint another machine may set it"
    with pytest.raises(LoadError, match=rf"^{tmp_path}/Corefile:{line}:[0-9]+: error: "):
        load(text, tmp_path)


@pytest.mark.parametrize("name", MISSING)
def test_a_file_that_a_plugin_needs_is_not_there(name: str, tmp_path: Path) -> None:
    text = MISSING[name]
    assert compile_corefile(text).verdict == "environment"
    with pytest.raises(LoadError, match=rf"^{tmp_path}/Corefile:[0-9]+:[0-9]+: error: .* cannot be read: no such file"):
        load(text, tmp_path)


@pytest.mark.parametrize("name", WARNED)
def test_what_coredns_only_warns_of_is_served(name: str, tmp_path: Path) -> None:
    load(WARNED[name], tmp_path)


def test_a_file_that_appears_is_found(tmp_path: Path) -> None:
    (tmp_path / "servers.conf").write_text("nameserver 127.0.0.1\n")
    load(f".:1053 {{\n    forward . {tmp_path}/servers.conf\n}}\n", tmp_path)
