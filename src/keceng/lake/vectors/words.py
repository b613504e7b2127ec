"""Texts of several columns in one list of words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from keceng.lake.vectors.vector import FALSE, MOST_WORDS, UnsupportedError, Vector


def in_common_words(vectors: Sequence[Vector]) -> list[Vector]:
    """The texts `vectors` as places in one list of words.

    Raises:
        UnsupportedError: there are too many.
    """
    words: dict[str, int] = {}
    for vector in vectors:
        for word in vector.words:
            words.setdefault(word, len(words))
    check_few(words)
    listed = tuple(words)
    return [_recoded(vector, words, listed) for vector in vectors]


def _recoded(vector: Vector, words: dict[str, int], listed: tuple[str, ...]) -> Vector:
    if vector.kind == "nothing":
        return Vector("text", np.array(0, dtype=np.int32), FALSE, listed)
    if vector.words == listed[: len(vector.words)]:
        return Vector("text", vector.values, vector.known, listed)
    places = np.array([words[word] for word in vector.words], dtype=np.int32)
    return Vector("text", places.take(vector.values), vector.known, listed)


def check_few(words: Collection[str]) -> None:
    """See that vectors hold so many `words`.

    Raises:
        UnsupportedError: there are more.
    """
    if len(words) > MOST_WORDS:
        raise UnsupportedError("too many different texts")
