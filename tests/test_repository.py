"""The repository as a newcomer meets it: what it promises exists, and nothing of one machine is left in it."""

import ast
import os
import re
import subprocess
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent

PACKAGES = ["corefile", "grammar/corefile_grammar", "runtime/corefile_runtime", "cli/corefile_cli"]

PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]

MACHINE_PATH = re.compile(rb"(?<![\w.~/-])/(?:work|root|Users|home/[a-z][\w-]*)/[\w.]")
REGISTRY_HOST = re.compile(
    rb"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|proxy\.golang\.org|index[-_]url|find[-_]links"
)


@cache
def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def lines_with(pattern: re.Pattern[bytes]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_no_tracked_file_names_a_registry() -> None:
    assert lines_with(REGISTRY_HOST) == []


def test_nothing_that_is_generated_or_ignored_is_tracked() -> None:
    ignored = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=bool(tracked()),
        text=True,
    )
    assert ignored.stdout == ""


def test_text_files_end_with_one_line_feed_and_have_no_trailing_blanks() -> None:
    kinds = {".py", ".pyi", ".md", ".toml", ".yaml", ".yml", ".lark", ".json"}
    fixtures = ROOT / "tests" / "fixtures"
    wrong = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in kinds
        and not path.is_relative_to(fixtures)
        and (text := path.read_bytes())
        and (not text.endswith(b"\n") or text.endswith(b"\n\n") or re.search(rb"[ \t\r]$", text, re.MULTILINE))
    ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_typed_and_says_what_it_is(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
    assert (ROOT / package / "__init__.py").read_text(encoding="utf-8").startswith('"""')


@pytest.mark.parametrize("folder", ["grammar", "runtime", "cli"])
def test_a_folder_around_a_package_is_no_package(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_named_after_nothing(package: str) -> None:
    stems = {path.stem for path in (ROOT / package).rglob("*.py")}
    assert stems & {"util", "utils", "helper", "helpers", "common", "manager", "misc"} == set()


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_only_make_targets_that_exist(page: str) -> None:
    named = set(re.findall(r"\bmake ([a-z]+)\b(?=[`\s]*)", " ".join(code_of(page))))
    assert named <= targets()


def code_of(page: str) -> list[str]:
    """What stands between backquotes and in fenced blocks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    local = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in link]
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_the_readme_opens_with_what_it_is_and_the_two_commands() -> None:
    opening = "\n".join((ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:20])
    assert "CoreDNS" in opening
    assert opening.index("make run") < opening.index("make test")


def test_the_readme_names_every_extra() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    extras = set(project()["project"]["optional-dependencies"]) - {"dev"}
    assert [extra for extra in extras if f"corefile[{extra}]" not in text] == []


def test_the_changelog_collects_what_is_unreleased() -> None:
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_contributing_opens_with_what_is_not_added() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if line.startswith("## "))
    assert first == "## What we will not add"


def test_make_help_lists_the_targets() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, check=True, text=True)
    assert targets() - {"venv"} <= set(re.findall(r"^  make ([a-z]+) ", shown.stdout, re.MULTILINE))


def test_ci_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = re.findall(r"^make ([a-z]+)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands == ["lint", "test", "bounds"]


def locked() -> dict[str, list[str]]:
    """Each locked package with its version, and the hashes of its files."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {package: hashes for package, *hashes in lines}


def test_what_is_locked_has_hashes_and_nothing_else() -> None:
    found = locked()
    assert found
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", package) for package in found)
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text) for hashes in found.values() for text in hashes)
    assert [package for package, hashes in found.items() if not hashes] == []


def test_the_lock_has_all_that_the_project_asks_for() -> None:
    versions = dict(package.split("==") for package in locked())
    facts = project()["project"]
    texts = [*facts["dependencies"], *(text for extra in facts["optional-dependencies"].values() for text in extra)]
    wanted = [Requirement(text) for text in texts if not text.startswith(f"{facts['name']}[")]
    names = {each: re.sub(r"[-_.]+", "-", each.name).lower() for each in wanted}
    assert [str(each) for each, name in names.items() if versions.get(name, "none") not in each.specifier] == []


UNUSED = {
    "dnslib": "whole messages off the hot path, issue 8, point 2",
    "prometheus-client": "the exposition of metrics, issue 8, point 2",
    "kubernetes": "the client with discovery, issue 8, point 2",
}
"""What is required and imported by nothing that ships, and what it is required for: this list only gets shorter."""


def imported_by_what_ships() -> set[str]:
    """The top packages of every import in the sources that a wheel has."""
    found: set[str] = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names):
                    found |= {each.name.partition(".")[0] for each in names}
                case ast.ImportFrom(module=str(module), level=0):
                    found.add(module.partition(".")[0])
                case _:
                    pass
    return found


def used(requirement: str) -> bool:
    """Whether what ships imports a package that this distribution has."""
    name = re.sub(r"[-_.]+", "-", Requirement(requirement).name).lower()
    provided = packages_distributions()
    return any(name == re.sub(r"[-_.]+", "-", each).lower() for top in IMPORTED for each in provided.get(top, []))


IMPORTED = imported_by_what_ships()


def test_every_base_dependency_is_imported() -> None:
    assert [text for text in project()["project"]["dependencies"] if not used_or_listed(text)] == []


def test_every_extra_brings_something_that_is_imported() -> None:
    extras: dict[str, list[str]] = project()["project"]["optional-dependencies"]
    wanted = {extra: texts for extra, texts in extras.items() if extra not in ("all", "dev")}
    assert [extra for extra, texts in wanted.items() if not any(map(used_or_listed, texts))] == []


def test_what_is_listed_as_unused_is_unused() -> None:
    assert [name for name in UNUSED if used(name)] == []


def used_or_listed(requirement: str) -> bool:
    return used(requirement) or Requirement(requirement).name in UNUSED


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project()["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


def test_every_ruff_ignore_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ruff = text[text.index("[tool.ruff.lint]") :]
    ignored = re.findall(r"^    \"[A-Z]+[0-9]+\",(.*)$", ruff, re.MULTILINE)
    assert ignored
    assert all(re.match(r" +# \w", reason) for reason in ignored)


def hooks(name: str) -> list[dict[str, Any]]:
    loaded: Any = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = loaded["repos"][0]["hooks"] if "repos" in loaded else loaded
    return found


def test_hooks_for_users_are_commands_of_ours() -> None:
    assert {hook["id"]: hook["entry"] for hook in hooks(".pre-commit-hooks.yaml")} == {
        "corefile-lint": "corefile lint",
        "corefile-fmt": "corefile fmt",
    }


def test_our_hooks_are_the_parts_of_make_lint() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    entries = [hook["entry"].replace(".venv/bin/", "$(BIN)/") for hook in hooks(".pre-commit-config.yaml")]
    assert [entry for entry in entries if entry.removesuffix(" --force-exclude") not in makefile] == []


@pytest.mark.parametrize("name", ["Corefile", "dns/Corefile", "Corefile.prod", "a/b.corefile", "b.Corefile"])
def test_hooks_find_corefiles(name: str) -> None:
    assert all(re.search(hook["files"], name) for hook in hooks(".pre-commit-hooks.yaml"))


@pytest.mark.parametrize("name", ["NotCorefile", "Corefiles/readme.md", "Corefile-notes.md", "corefile.py"])
def test_hooks_leave_other_files_alone(name: str) -> None:
    assert not any(re.search(hook["files"], name) for hook in hooks(".pre-commit-hooks.yaml"))
