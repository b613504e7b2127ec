"""Rosters on disk: one Arrow file an edition, mapped and not copied; a file that is missing or torn is made anew from the desk."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import numpy as np
import pyarrow as pa

from keceng.desk.directory.roster import (
    DAYS,
    FLAGS,
    NUMBERS,
    SORTED_BY,
    TEXTS,
    WORDS,
    Coded,
    Roster,
    Seen,
)

_ABOUT = b"keceng_roster"
_FORM = 1
"""Goes up whenever the columns of the file change; a file of another form is not read."""


def write_roster(roster: Roster, path: Path) -> None:
    """Put `roster` at `path`, whole or not at all."""
    columns = {
        "key": pa.array(roster.keys),
        **{f"word_{name}": pa.array(roster.words[name].codes) for name in WORDS},
        **{f"number_{name}": pa.array(roster.numbers[name]) for name in (*NUMBERS, *DAYS)},
        **{f"flag_{name}": pa.array(roster.flags[name].view(np.uint8)) for name in FLAGS},
        **{f"text_{name}": roster.texts[name] for name in TEXTS},
        **{f"order_{name}": pa.array(roster.orders[name]) for name in SORTED_BY},
    }
    about = {
        "form": _FORM,
        "edition": roster.edition_id,
        "seen": [roster.seen.count, roster.seen.last],
        "words": {name: roster.words[name].words for name in WORDS},
    }
    batch = pa.record_batch(columns)
    schema = batch.schema.with_metadata({_ABOUT: json.dumps(about, ensure_ascii=False).encode()})
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with pa.OSFile(str(part), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def map_roster(path: Path) -> Roster | None:
    """The roster at `path`; None where there is none that can be read."""
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
        about = json.loads((reader.schema.metadata or {}).get(_ABOUT, b"{}"))
        if about.get("form") != _FORM or reader.num_record_batches != 1:
            return None
        batch = reader.get_batch(0)
    except (OSError, pa.ArrowInvalid, ValueError):
        return None
    return Roster(
        edition_id=about["edition"],
        seen=Seen(*about["seen"]),
        keys=batch["key"].to_numpy(),
        words={name: Coded(batch[f"word_{name}"].to_numpy(), tuple(about["words"][name])) for name in WORDS},
        numbers={name: batch[f"number_{name}"].to_numpy() for name in (*NUMBERS, *DAYS)},
        flags={name: batch[f"flag_{name}"].to_numpy().view(np.bool_) for name in FLAGS},
        texts={name: batch[f"text_{name}"] for name in TEXTS},
        orders={name: batch[f"order_{name}"].to_numpy() for name in SORTED_BY},
    )
