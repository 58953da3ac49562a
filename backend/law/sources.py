"""YAML as plain values that remember their lines. Stricter than YAML: no repeated keys, no bare numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import yaml

Tree = str | bool | date | None | dict[str, "Tree"] | list["Tree"]
Path = tuple[str | int, ...]
Lines = dict[Path, int]

_WORDS = {"true": True, "false": False, "null": None}


class LawMistake(Exception):
    """The files of the law are wrong; every mistake with its file and line."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = list(mistakes)


def read_tree(name: str, text: str) -> tuple[Tree, Lines]:
    """The values of a YAML text, and the line of each by its path; raises LawMistake."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise LawMistake([f"{name}:{mark.line + 1 if mark else 1}: {error}"]) from error
    lines: Lines = {}
    mistakes: list[str] = []

    def wrong(node: yaml.Node, what: str) -> None:
        mistakes.append(f"{name}:{node.start_mark.line + 1}: {what}")

    def value(node: yaml.Node, path: Path) -> Tree:
        lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [value(item, (*path, index)) for index, item in enumerate(node.value)]
        return scalar(node)

    def mapping(node: yaml.MappingNode, path: Path) -> Tree:
        found: dict[str, Tree] = {}
        for key, item in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                wrong(key, f"{key.value!r} is written in quotes")
            if key.value in found:
                wrong(key, f"{key.value} stands here twice")
            lines[(*path, key.value)] = key.start_mark.line + 1
            found[key.value] = value(item, (*path, key.value))
        return found

    def scalar(node: yaml.Node) -> Tree:
        tag = node.tag.removeprefix("tag:yaml.org,2002:")
        if tag == "str":
            return str(node.value)
        if node.value in _WORDS:
            return _WORDS[node.value]
        if tag == "timestamp":
            try:
                return date.fromisoformat(node.value)
            except ValueError:
                wrong(node, f"{node.value} is no date like 2024-01-01")
        else:
            wrong(node, f"{node.value!r} is written in quotes")
        return None

    tree = value(node, ()) if node else {}
    if mistakes:
        raise LawMistake(mistakes)
    return tree, lines


def place(name: str, lines: Lines, path: Iterable[str | int]) -> str:
    """`wages.yaml:12`: where a path begins, or the nearest thing around it that is written down."""
    known = tuple(path)
    while known and known not in lines:
        known = known[:-1]
    return f"{name}:{lines.get(known, 1)}"
