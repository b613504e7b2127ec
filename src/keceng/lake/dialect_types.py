"""The type that DuckDB gives to a part of a query: what a rendering for another engine has to keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from keceng.lake.twin import Twin, Types


class PartTypes:
    """Types of parts of one query.

    A part is asked of the twin with every column in it replaced by a null of the column's type: so it needs no rows,
    no grouping and no sources.

    Args:
        twin: that knows every table that `query` reads.
        query: whose nodes are asked about; it must not be changed meanwhile.
    """

    def __init__(self, twin: Twin, query: exp.Expr) -> None:
        self._twin, self._query = twin, query
        self._sources: dict[int, list[tuple[str, Types]]] = {}
        self._described: dict[str, Types] = {}
        self._known: dict[int, str] = {}

    def of(self, parts: Iterable[exp.Expr]) -> dict[int, str]:
        """The type of each part by its `id()`, asked select by select.

        Raises:
            LookupError: a column of a part belongs to no source of its query.
            duckdb.Error: a part is no expression.
        """
        by_select: dict[int, list[exp.Expr]] = {}
        for part in parts:
            select = part.find_ancestor(exp.Select)
            by_select.setdefault(id(select), []).append(part)
        for listed in by_select.values():
            self._ask(listed)
        return self._known

    def columns(self, query: exp.Expr) -> Types:
        """The columns of a part that is a query itself, in order, with their types."""
        return self._twin.types(f"{_names_before(query)} {query.sql(dialect='duckdb')}")

    def _ask(self, parts: list[exp.Expr]) -> None:
        probes = [self._probe(part).sql(dialect="duckdb") for part in parts]
        listed = ", ".join(f"{probe} as part_{number}" for number, probe in enumerate(probes))
        needs_names = any(part.find(exp.Select) for part in parts)
        names = _names_before(parts[0]) if needs_names else ""
        types = self._twin.types(f"{names} select {listed}")
        for number, part in enumerate(parts):
            self._known[id(part)] = types[f"part_{number}"]

    def _probe(self, part: exp.Expr) -> exp.Expr:
        probe = part.copy()
        for original, copied in zip(_leaves(part), _leaves(probe), strict=True):
            kind = self._column_type(original) if isinstance(original, exp.Column) else self._kind(original)
            stand_in = exp.cast(exp.null(), kind, dialect="duckdb")
            if copied is probe:
                return stand_in
            copied.replace(stand_in)
        return probe

    def _kind(self, part: exp.Expr) -> str:
        if id(part) not in self._known:
            self._ask([part])
        return self._known[id(part)]

    def _column_type(self, column: exp.Column) -> str:
        name, table = column.name.lower(), column.table.lower()
        select = column.find_ancestor(exp.Select)
        while isinstance(select, exp.Select):
            for alias, types in self._sources_of(select):
                if table in {"", alias} and name in types:
                    return types[name]
            if not table and (computed := _computed(select, column)) is not None:
                return self._kind(computed)
            select = select.find_ancestor(exp.Select)
        raise LookupError(f"no source has the column {column.sql(dialect='duckdb')}")

    def _sources_of(self, select: exp.Select) -> list[tuple[str, Types]]:
        if id(select) not in self._sources:
            self._sources[id(select)] = [
                (source.alias_or_name.lower(), self._describe(source)) for source in _sources(select)
            ]
        return self._sources[id(select)]

    def _describe(self, source: exp.Expr) -> Types:
        text = f"{_names_before(source)} select * from {source.sql(dialect='duckdb')}"
        if text not in self._described:
            types = self._twin.types(text)
            self._described[text] = {name.lower(): kind for name, kind in types.items()}
        return self._described[text]


def _leaves(part: exp.Expr) -> list[exp.Expr]:
    """What is replaced in `part`: columns, and an aggregate within an aggregate (`sum(sum(x)) over ()`)."""
    leaves: list[exp.Expr] = []
    pending: list[exp.Expr] = [part]
    while pending:
        node = pending.pop()
        is_nested = node is not part and isinstance(part, exp.AggFunc) and isinstance(node, exp.AggFunc)
        if is_nested or (isinstance(node, exp.Column) and not isinstance(node.this, exp.Star)):
            leaves.append(node)
        else:
            pending.extend(node.iter_expressions())
    return leaves


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    if (first := select.args.get("from_")) is not None:
        yield first.this
    for join in select.args.get("joins") or ():
        yield join.this


def _computed(select: exp.Select, column: exp.Column) -> exp.Expr | None:
    # `select a + 1 as b, b * 2`: a name of the same list, and not the one being defined.
    for listed in select.selects:
        if isinstance(listed, exp.Alias) and listed.alias.lower() == column.name.lower():
            return None if any(node is column for node in listed.walk()) else listed.this
    return None


def _names_before(node: exp.Expr) -> str:
    """`with …` of all names that `node` may use, outermost first."""
    listed: list[str] = []
    inner: exp.Expr = node
    within: exp.Expr | None = None
    while (outer := inner.parent) is not None:
        if isinstance(outer, exp.With):
            within = inner
        names = outer.args.get("with_")
        if isinstance(names, exp.With):
            listed = [*_visible(names, within if inner is names else None), *listed]
        inner = outer
    return f"with recursive {', '.join(listed)}" if listed else ""


def _visible(names: exp.With, within: exp.Expr | None) -> list[str]:
    # A name sees those before it, and itself where names may recur.
    texts: list[str] = []
    for name in names.expressions:
        text = name.sql(dialect="duckdb")
        if name is within:
            return [*texts, text] if names.recursive else texts
        texts.append(text)
    return texts
