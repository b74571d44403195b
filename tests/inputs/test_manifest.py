"""Corefiles in manifests: which are found, what they are called, what stands beside them."""

from __future__ import annotations

import json
import sys

import pytest

from corefile.compiler import Options
from corefile.inputs import Input, compile_input
from corefile.inputs.manifest import ManifestFault, corefiles, is_manifest
from corefile.ir.source import Source


def found(text: str) -> dict[str, str]:
    return {one.name: one.source.text for one in corefiles(Source("cm.yaml", text))}


def config_map(name: str, namespace: str = "", **data: str) -> str:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (config_map("coredns", "kube-system", Corefile="."), ["kube-system/coredns:Corefile"]),
        (config_map("coredns", Corefile="."), ["coredns:Corefile"]),
        (f"{config_map('a', Corefile='.')}\n---\n{config_map('b', Corefile='.')}", ["a:Corefile", "b:Corefile"]),
        (config_map("a", **{"Corefile.dev": ".", "x.corefile": ".", "note": ""}), ["a:Corefile.dev", "a:x.corefile"]),
        ('{"kind": "List", "items": [' + config_map("a", Corefile=".") + "]}", ["a:Corefile"]),
        ('{"kind": "ConfigMapList", "items": [' + config_map("a", Corefile=".") + "]}", ["a:Corefile"]),
        ("[" + config_map("a", Corefile=".") + "]", ["a:Corefile"]),
        ("{\n\t" + config_map("a", Corefile=".")[1:], ["a:Corefile"]),
        ("kind: Service\n---\n" + config_map("a", Corefile="."), ["a:Corefile"]),
        ("kind: ConfigMap\nmetadata: {name: a}\ndata: &d {Corefile: x}\n", ["a:Corefile"]),
        ("d: &d {Corefile: x}\nkind: ConfigMap\nmetadata: {name: a}\ndata: *d\n", ["a:Corefile"]),
        ("kind: ConfigMap\nmetadata: {name: a}\ndata: *missing\n", []),
        (config_map("coredns-x", **{"a.server": "", "b.override": ""}), ["coredns-x:*.server, *.override"]),
        (config_map("coredns-custom", **{"a.override": ""}), ["coredns-custom:*.server, *.override"]),
        (config_map("coredns-custom", **{"db.example.org": ""}), []),
        (config_map("mail", **{"smtp.server": "smtp.example.org"}), []),
        ("kind: ConfigMap\nmetadata: text\ndata: [x]\n", []),
        ("kind: ConfigMap\ndata: {Corefile: [x]}\n", []),
        ("", []),
        ("just text", []),
        ("{{ .Values.coredns }}", []),
    ],
)  # fmt: skip
def test_names(text: str, names: list[str]) -> None:
    assert list(found(text)) == names


def test_what_is_mounted_beside_a_corefile() -> None:
    text = "\n---\n".join([
        config_map("coredns", "dns", Corefile="import *.override", **{"a.override": "log"}),
        config_map("coredns-custom", "dns", **{"b.server": "example.org"}),
        config_map("coredns-custom", "elsewhere", **{"c.server": "example.org"}),
    ])  # fmt: skip
    one, other = corefiles(Source("cm.yaml", text))
    assert other.name == "elsewhere/coredns-custom:*.server, *.override"
    assert list(one.mounted) == [
        "/etc/coredns/Corefile",
        "/etc/coredns/a.override",
        "/etc/coredns/custom/b.server",
    ]
    assert one.mounted["/etc/coredns/a.override"].text == "log"
    assert one.source.base == "/etc/coredns/Corefile"


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("a: [b", "did not find expected", 5),
        ('a: "', "unexpected end of stream", 4),
        ("a: \x00", "control characters", 3),
        ("[" * 100_000, "nested deeper", 200),
        ("- " * 5_000, "nested deeper", 400),
        ("a:\n\t- b", "cannot start any token", 3),
    ],
)
def test_what_is_no_manifest(text: str, message: str, offset: int) -> None:
    with pytest.raises(ManifestFault, match=message) as fault:
        corefiles(Source("cm.yaml", text))
    assert fault.value.offset == offset


def test_aliases_do_not_multiply() -> None:
    lines = ["- &a0 [x]", *(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 20)}]" for n in range(1, 40))]
    assert found("\n".join(lines)) == {}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("cm.yaml", "", True),
        ("cm.yml", "", True),
        ("cm.json", "", True),
        ("-", config_map("a"), True),
        ("-", "# comment\nkind: List\napiVersion: v1\n", True),
        ("-", "- apiVersion: v1\n  kind: ConfigMap\n", True),
        ("Corefile", ". {\n    whoami\n}\n", False),
        ("Corefile", ". {\n    # apiVersion and kind\n    whoami\n}\n", False),
        ("Corefile", 'template IN TXT . {\n answer "apiVersion: kind"\n}\n', False),
    ],
)
def test_manifests_are_recognised(path: str, text: str, expected: bool) -> None:
    assert is_manifest(path, text.encode()) is expected


FRAGMENTS = """\
kind: ConfigMap
metadata: {name: coredns-custom}
data:
  b.server: |
    example.org:53 {
        SERVER
    }
  a.override: |
    log
    OVERRIDE
  note: text
"""


# What CoreDNS says of a Corefile that imports `custom/*.override` into its block `.:53`, and `custom/*.server`.
@pytest.mark.parametrize(
    ("server", "override", "found"),
    [
        ("whoami", "whoami", []),
        ("whoamii", "whoami", [("CF201", 6, 9)]),
        ("whoami", "whoamii", [("CF201", 10, 5)]),
        ("whoami", "whoami\n    }", [("CF201", 5, 5)]),
        ("whoami", "cache {\n", [("CF201", 5, 5)]),
        ("cache 30 x {\n", "", []),
        ("whoami\n    }\n    .:53 {", "", [("CF302", 8, 5)]),
    ],
)
def test_fragments_are_checked_as_what_they_are(server: str, override: str, found: list[tuple[str, int, int]]) -> None:
    text = FRAGMENTS.replace("SERVER", server).replace("OVERRIDE", override)
    (one,) = corefiles(Source("cm.yaml", text))

    def read(path: str) -> bytes | None:
        return one.mounted[path].text.encode() if path in one.mounted else None

    given = Input("cm.yaml", one.source, one.name, read, lambda: list(one.mounted), one.mounted)
    compiled = compile_input(given, Options())
    assert [(d.code, d.span.line, d.span.column) for d in compiled.diagnostics] == found


def test_fragments_that_a_corefile_mounts_are_not_checked_twice() -> None:
    main = config_map("coredns", Corefile=".")
    custom = config_map("coredns-custom", **{"a.server": "x"})
    assert list(found(f"{main}\n---\n{custom}")) == ["coredns:Corefile"]


def test_a_manifest_of_many_documents_costs_as_much_as_they_are() -> None:
    def calls(documents: int) -> int:
        text = "".join(
            f"kind: ConfigMap\nmetadata:\n  name: c{number}\ndata:\n  Corefile: |\n    . {{}}\n---\n"
            for number in range(documents)
        )
        count = 0

        def note(_frame: object, event: str, _what: object) -> None:
            nonlocal count
            count += event == "call"

        sys.setprofile(note)
        try:
            assert len(corefiles(Source("m.yaml", text))) == documents
        finally:
            sys.setprofile(None)
        return count

    assert calls(400) < 4.5 * calls(100)
