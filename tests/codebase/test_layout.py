"""The code about itself: sizes, names, docstrings, and a map that stays true."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "keceng"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60
FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
FORBIDDEN_TYPE_ENDINGS = ("Manager", "Handler", "Processor", "Helper")


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public_nodes(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                for member in node.body:
                    if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                        yield member


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_module_and_its_functions_fit_in_a_head(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_MODULE_LINES
    long = {
        f.name: f.end_lineno - f.lineno + 1
        for f in functions(ast.parse(text))
        if f.end_lineno and f.end_lineno - f.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_rooms_and_types_have_names_of_their_own(path: Path) -> None:
    assert path.stem not in FORBIDDEN_STEMS
    classes = [
        n.name for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.ClassDef)
    ]
    assert not [name for name in classes if name.endswith(FORBIDDEN_TYPE_ENDINGS)]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_everything_public_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module says why it exists"
    silent = [n.name for n in public_nodes(tree) if not ast.get_docstring(n)]
    assert not silent


def test_the_map_names_every_room_and_no_other() -> None:
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    rooms |= {p.name for p in SOURCE.glob("*.py") if p.name != "__init__.py"}
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = {
        line.split("|")[1].strip().strip("`").rstrip("/")
        for line in text.splitlines()
        if line.startswith("| `")
    }
    assert listed == rooms


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(p.name[:4]) for p in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_speaks_of_machines_or_registries() -> None:
    words = ["/wo" + "rk/", "/ro" + "ot/", "pypi" + ".org", "registry." + "npmjs"]
    tracked = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".toml", ".yaml", ".sh", ".html"}]
    guilty = [
        str(p.relative_to(ROOT))
        for p in tracked
        if not {".venv", ".git", "demo-result"} & set(p.relative_to(ROOT).parts)
        and any(word in p.read_text(encoding="utf-8", errors="replace") for word in words)
    ]
    assert not guilty


def test_test_modules_have_names_of_their_own() -> None:
    names = [p.name for p in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))
