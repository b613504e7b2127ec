"""Within one page a question is asked once; outside it, and in the next page, it is asked again."""

from __future__ import annotations

import pytest

from keceng.desk.remembering import remembered, remembering


def test_an_answer_holds_for_one_page_alone() -> None:
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        return len(asked)

    assert [remembered("q", ask), remembered("q", ask)] == [1, 2]
    with remembering():
        assert [remembered("q", ask), remembered("q", ask), remembered("other", ask)] == [3, 3, 4]
    with remembering():
        assert remembered("q", ask) == 5
    assert remembered("q", ask) == 6


def test_what_fails_is_asked_again_and_forgotten_with_the_page() -> None:
    with pytest.raises(ZeroDivisionError), remembering():
        remembered("q", lambda: 1 // 0)
    with remembering():
        assert remembered("q", lambda: 2) == 2
