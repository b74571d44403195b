"""Defaults: what a spec calls one changes nothing when it is written out, for the config, for `diff` and for `ir`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from corefile.changes.programs import diff_programs
from corefile.compiler import Options, compile_corefile
from corefile.ir.program import Config, Program
from corefile.irjson.program import program_to_json, value_to_json
from corefile.irjson.schema import schema
from corefile.plugins.order import ORDER
from corefile.plugins.page import plugin_page
from corefile.plugins.recurring import NEEDED, Flag
from corefile.plugins.spec import Plugin, Property, load

POD = {"KUBERNETES_SERVICE_HOST": "192.0.2.1", "KUBERNETES_SERVICE_PORT": "443"}


class Setting(NamedTuple):
    """What stands around a property: the key, the words behind the plugin's name, lines that its block must have."""

    arguments: str = ""
    lines: tuple[str, ...] = ()
    key: str = "example.org"


FILES = "/etc/tls/cert.pem /etc/tls/key.pem"
SETTINGS: dict[str, Setting] = {
    "acl": Setting(),
    "auto": Setting(lines=("directory /zones",)),
    "azure": Setting("group:example.org"),
    "bind": Setting("127.0.0.1"),
    "clouddns": Setting("example.org.:project:zone"),
    "dnstap": Setting("/run/dnstap.sock"),
    "dnstap tls": Setting("listen tls://127.0.0.1:6000"),
    "file": Setting("db.example.org"),
    "forward": Setting(". 192.0.2.1"),
    "geoip": Setting("/var/lib/city.mmdb"),
    "grpc": Setting(". 192.0.2.1"),
    "header": Setting(lines=("response set ra",)),
    "hosts fallthrough_unsupported": Setting(lines=("fallthrough",)),
    "loadbalance reload": Setting("weighted /etc/weights"),
    "cache serve_stale_policy": Setting(lines=("serve_stale",)),
    "route53": Setting("example.org.:Z1"),
    "secondary": Setting(lines=("transfer from 192.0.2.1",)),
    "sign": Setting("db.example.org"),
    "template": Setting("IN A", ('answer "{{ .Name }} 60 IN A 192.0.2.1"',)),
    "timeouts": Setting(lines=("read 7s",)),
    "timeouts read": Setting(lines=("idle 7s",)),
    "tls": Setting(FILES, key="tls://example.org"),
    **{
        f"tls {name}": Setting(lines=("acme example.org",), key="tls://example.org")
        for name in ("acme", "email", "ca", "storage", "ca_root", "resolver")
    },
    "transfer": Setting(lines=("to 192.0.2.1",)),
    "view": Setting("inside", ("expr true",)),
    "kubernetes": Setting("cluster.local"),
    "autopath": Setting("@kubernetes"),
    "on": Setting("startup true"),
    "root": Setting("/etc"),
}
"""By plugin, or by plugin and property; a plugin that is not here is written alone."""


class Case(NamedTuple):
    """Two texts for one thing: a property is left out or left short, and written in full."""

    plugin: str
    name: str
    setting: Setting
    left: str
    full: str

    def texts(self) -> tuple[str, str]:
        return corefile(self, self.left), corefile(self, self.full)


def corefile(case: Case, line: str) -> str:
    """The plugin with its setting and a line more; without a property the line is the directive itself."""
    key, name = case.setting.key, case.plugin
    if not case.name:
        lines = "".join(f"        {each}\n" for each in case.setting.lines)
        return f"{key} {{\n    {name} {line} " + (f"{{\n{lines}    }}\n}}\n" if lines else "\n}\n")
    lines = "".join(f"        {each}\n" for each in (*case.setting.lines, line) if each)
    block = f" {{\n{lines}    }}" if lines else ""
    return f"{key} {{\n    {name} {case.setting.arguments}{block}\n}}\n"


def properties() -> Iterator[tuple[Plugin[Config], Property[Config]]]:
    for name in ORDER:
        plugin = load(name)
        yield from ((plugin, prop) for prop in plugin.properties)


def setting(plugin: str, name: str) -> Setting:
    return SETTINGS.get(f"{plugin} {name}") or SETTINGS.get(plugin, Setting())


def cases() -> Iterator[Case]:
    for plugin, prop in properties():
        around = setting(plugin.name, prop.name)

        def case(
            left: str, full: str, around: Setting = around, plugin: str = plugin.name, name: str = prop.name
        ) -> Case:
            return Case(plugin, name, around, left, full)

        if prop.default is not None:
            yield case("", f"{prop.name} {prop.default}")
        for line, value in prop.beside.items():
            beside = around._replace(lines=(*around.lines, line))
            yield case("", f"{prop.name} {value}", beside)
        for left, full in prop.short.items():
            yield case(f"{prop.name} {left}", f"{prop.name} {full}")
    for plugin in map(load, ORDER):
        for left, full in plugin.short.items():
            yield Case(plugin.name, "", SETTINGS.get(plugin.name, Setting()), left, full)


CASES = list(cases())


def compiled(text: str, plugin: str) -> Program:
    found = compile_corefile(text, "Corefile", Options(env=POD, extensions=True))
    assert found.verdict != "reject", (text, found.diagnostics)
    assert any(use.name == plugin for use in found.program.blocks[0].plugins)
    return found.program


@pytest.mark.parametrize("case", CASES, ids=[f"{case.plugin} {case.name}: {case.full}" for case in CASES])
def test_a_default_written_out_is_no_difference(case: Case) -> None:
    left, full = (compiled(text, case.plugin) for text in case.texts())
    (left_use,), (full_use,) = left.blocks[0].plugins, full.blocks[0].plugins
    assert not case.name or case.name in [name for _, name, _ in full_use.marks]
    assert left_use.configs == full_use.configs
    assert program_to_json(left) == program_to_json(full)
    assert diff_programs(left, full) == ()


@pytest.mark.parametrize(
    ("plugin", "one", "other"),
    [
        ("trace", "trace", "trace {\nzipkin_max_backlog_size 0\nzipkin_max_batch_size 0\n}"),
        ("trace", "trace", "trace {\nzipkin_max_batch_interval 0s\n}"),
        ("azure", "azure group:example.org", "azure group:example.org {\nenvironment azurecloud\n}"),
        ("cache", "cache {\nprefetch 4 5m 20%\n}", "cache {\nprefetch 3 5m 20%\nprefetch 4\n}"),
        (
            "proxyproto",
            "proxyproto {\nallow 192.0.2.0/24\ndefault reject\n}",
            "proxyproto {\ndefault reject\n}\nproxyproto {\nallow 192.0.2.0/24\n}",
        ),
    ],
)
def test_two_ways_to_say_the_same_are_no_difference(plugin: str, one: str, other: str) -> None:
    old, new = (compiled(f"example.org {{\n{text}\n}}\n", plugin) for text in (one, other))
    assert old.blocks[0].plugins[0].configs == new.blocks[0].plugins[0].configs
    assert diff_programs(old, new) == ()


NUMBERED = [case for case in CASES if re.search(r"\d", case.full)]


@pytest.mark.parametrize("case", NUMBERED, ids=[f"{case.plugin} {case.name}: {case.full}" for case in NUMBERED])
def test_another_number_is_a_difference(case: Case) -> None:
    """So that no default holds only because nobody looks at its line."""
    whole = compiled(corefile(case, case.full), case.plugin)
    lines = [
        f"{case.full[: number.start()]}{int(number[0]) + more}{case.full[number.end() :]}"
        for number in re.finditer(r"-?\d+", case.full)
        for more in (1, 60)
    ]
    others = [compile_corefile(corefile(case, line), "Corefile", Options(env=POD, extensions=True)) for line in lines]
    assert any(other.verdict != "reject" and diff_programs(whole, other.program) for other in others), lines


EFFECTLESS = (
    *("auto upstream", "clouddns upstream", "etcd debug", "etcd stubzones", "etcd upstream", "file upstream"),
    *("route53 upstream", "template upstream"),
)


def test_every_property_says_what_holds_without_it() -> None:
    for plugin, prop in properties():
        assert (prop.default is None) == bool(prop.absent), f"{plugin.name} {prop.name}"
        assert not prop.beside or prop.default is not None, f"{plugin.name} {prop.name}"
        assert isinstance(prop, Flag) == ((prop.usage or prop.name) == prop.name and prop.default is None), (
            f"{plugin.name} {prop.name}: a word without arguments is a flag"
        )
        if prop.default == "":
            without_effect = prop.doc.startswith("Without effect")
            assert (f"{plugin.name} {prop.name}" in EFFECTLESS) == without_effect


@pytest.mark.parametrize(
    ("plugin", "name"),
    [(plugin.name, prop.name) for plugin, prop in properties() if isinstance(prop, Flag)],
)
def test_a_flag_is_off_without_its_word(plugin: str, name: str) -> None:
    case = Case(plugin, name, setting(plugin, name), "", name)
    off, on = (compiled(text, plugin) for text in case.texts())
    assert [change.plugin for change in diff_programs(off, on)] == [plugin]


@pytest.mark.parametrize(
    ("plugin", "name"), [(plugin.name, prop.name) for plugin, prop in properties() if prop.absent == NEEDED]
)
def test_what_is_needed_is_refused_where_it_is_missing(plugin: str, name: str) -> None:
    text = corefile(Case(plugin, name, Setting(), "", ""), "")
    assert compile_corefile(text, "Corefile").verdict == "reject"
    compiled(corefile(Case(plugin, name, setting(plugin, name), "", ""), ""), plugin)


OPTIONAL = re.compile(r"\[([A-Z][A-Z_-]*)(?:\.\.\.)?")


def test_an_argument_that_may_be_left_out_is_explained() -> None:
    for plugin, prop in properties():
        for argument in OPTIONAL.findall(prop.usage):
            known = prop.short or argument in prop.doc or prop.doc.startswith("Without effect")
            assert known, f"{plugin.name}: {prop.usage}: what is it without {argument}?"
    for plugin in map(load, ORDER):
        page = plugin_page(plugin).replace("\n".join(plugin.usage), "")
        for argument in {argument for usage in plugin.usage for argument in OPTIONAL.findall(usage)}:
            assert plugin.short or argument in page, f"{plugin.name}: what is it without {argument}?"


ZONED = [name for name in ORDER if any("[ZONES...]" in usage for usage in load(name).usage)]


@pytest.mark.parametrize("name", ZONED)
def test_the_zones_of_the_block_written_out_are_no_difference(name: str) -> None:
    around = SETTINGS.get(name, Setting())
    words = around.arguments.replace("cluster.local", "").split()
    at = len(words) if name != "autopath" else 0
    before = {"hosts": ["/etc/hosts"]}.get(name, [])
    zoned = [*before, *words[:at], "example.org", *words[at:]]
    plain = compiled(corefile(Case(name, "", around, "", ""), " ".join([*before, *words])), name)
    written = compiled(corefile(Case(name, "", around, "", ""), " ".join(zoned)), name)
    assert diff_programs(plain, written) == ()


@pytest.mark.parametrize("name", ORDER)
def test_the_schema_has_the_defaults_of_the_config(name: str) -> None:
    definitions = schema()["$defs"]
    config = load(name).config()
    record = next(each for key, each in definitions.items() if key.split(".")[-1] == type(config).__name__)
    shown = {key: each["default"] for key, each in record["properties"].items() if "default" in each}
    assert shown == ({} if name == "rewrite" else value_to_json(config)), "a rewrite without a rule is none"


def test_a_page_shows_defaults_as_they_are_written() -> None:
    page = plugin_page(load("cache"))
    assert "- `success CAPACITY [TTL [MINTTL]]`: " in page
    assert "Default: `9984 3600 5`. `success 5000` is `success 5000 3600 5`." in page
    assert "- `keepttl`: Gives answers with the TTL" in page or "Default: off." in page
    assert "Default: `use`; with `allow`: `ignore`." in plugin_page(load("proxyproto"))
    assert "`ready` is `ready :8181`." in plugin_page(load("ready"))
    assert "Without ZONES it is for those of the server block." in plugin_page(load("acl"))
