"""How many key accounts there may be: a share of the customers with a grade, as the standard says (C16)."""

from __future__ import annotations

from dataclasses import dataclass

from keceng.desk.runs.models import ClassRequest
from keceng.desk.runs.published import PublishedRun
from keceng.desk.runs.states import RequestKind, RequestState
from keceng.standard import Nomination
from keceng.vocabulary import KecengError, Kind, Text


@dataclass(frozen=True, slots=True)
class Quota:
    """How full the class of nominations is.

    Attributes:
        held: the customers whom the rules put there, and those nominated and approved; each once.
        room: how many it may hold, the standard's share of the customers with a grade, rounded down.
    """

    held: frozenset[int]
    room: int

    def admits(self, customer_key: int) -> bool:
        """Whether the class may hold this customer too."""
        return len(self.held | {customer_key}) <= self.room


def nomination_of(run: PublishedRun) -> Nomination:
    """What the standard of a run says of nominations.

    Raises:
        KecengError: it takes none.
    """
    if run.standard.nomination is None:
        raise KecengError.of(
            "no_nominations",
            f"标准「{run.standard.title.zh}」没有提名",
            f"“{run.standard.title.en}” takes no nominations",
            remedy=Text(
                "在标准里写 nomination: {class: A, quota: 0.20, months: 12}",
                "write `nomination: {class: A, quota: 0.20, months: 12}` in the standard",
            ),
        )
    return run.standard.nomination


def read_quota(run: PublishedRun) -> Quota:
    """How full the class of nominations is after `run`.

    Raises:
        KecengError: the standard takes no nominations.
    """
    nomination = nomination_of(run)
    nominated = ClassRequest.objects.filter(
        kind=RequestKind.NOMINATION.value,
        state=RequestState.APPROVED.value,
        standard_id=run.standard.id,
        expires_on__gte=run.summary.as_of,
    )
    held = run.keys_in_class(nomination.class_id) | set(nominated.values_list("customer_key", flat=True))
    return Quota(held, run.summary.population.classified * nomination.quota // Kind.RATIO.scale)


def check_quota(run: PublishedRun, customer_key: int) -> None:
    """Let a nomination pass for which there is room.

    Raises:
        KecengError: there is none, or the standard takes no nominations.
    """
    quota = read_quota(run)
    if not quota.admits(customer_key):
        raise KecengError.of(
            "quota_full",
            # No figures: whoever asks may see a part of the customers only.
            "名额已满：标准只允许已分级客户的一定比例",
            "the class is full: the standard lets it hold a share of the graded customers",
            remedy=Text(
                "先结束一个提名，或在标准里调整 quota",
                "end another nomination first, or change `quota` in the standard",
            ),
        )
