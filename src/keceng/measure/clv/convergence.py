"""Why a model could not be fitted: said with a reason, never hidden behind parameters that mean nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from keceng.vocabulary import KecengError, Problem, Text


class NonConvergence(StrEnum):
    """What the data lack."""

    NO_CUSTOMERS = "no_customers"
    ONE_CUSTOMER = "one_customer"
    NO_REPEATS = "no_repeats"
    ONE_PATTERN = "one_pattern"
    BOUNDARY = "boundary"
    FLAT = "flat"
    ITERATIONS = "iterations"


_MESSAGES: Mapping[NonConvergence, Text] = {
    NonConvergence.NO_CUSTOMERS: Text("没有可用于估计的客户", "there is no customer to learn from"),
    NonConvergence.ONE_CUSTOMER: Text(
        "只有一个客户, 看不出客户之间的差异",
        "there is one customer, so differences between customers cannot be seen",
    ),
    NonConvergence.NO_REPEATS: Text(
        "没有任何客户重复购买, 购买节奏无从估计",
        "no customer ever bought again, so no rhythm of buying can be learnt",
    ),
    NonConvergence.ONE_PATTERN: Text(
        "所有客户的购买记录完全相同, 看不出客户之间的差异",
        "all customers have the same history, so differences between customers cannot be seen",
    ),
    NonConvergence.BOUNDARY: Text(
        "似然在参数趋于零或无穷时仍在上升: 数据里没有模型所假设的差异(参数 {parameters})",
        "the likelihood keeps rising as parameters go to zero or infinity: the data lack the differences that the model "
        "assumes (parameters {parameters})",
    ),
    NonConvergence.FLAT: Text(
        "似然在最高处是平的: 数据无法区分参数 {parameters}",
        "the likelihood is flat at its top: the data cannot tell the parameters {parameters} apart",
    ),
    NonConvergence.ITERATIONS: Text(
        "{parameters} 的估计在允许的步数内没有收敛",
        "the estimate of {parameters} did not settle within the allowed steps",
    ),
}
_REMEDY = Text(
    "请使用更长的历史或更多的客户, 或改用留存率估算 (choose_valuation 会自动选择)",
    "use a longer history or more customers, or the retention form (choose_valuation picks it by itself)",
)


class DidNotConverge(KecengError):
    """The data cannot identify the model; `reason` says what they lack."""

    def __init__(
        self, problems: Problem | Iterable[Problem], *, reason: NonConvergence = NonConvergence.ITERATIONS
    ) -> None:
        super().__init__(problems)
        self.reason = reason


def refuse_fit(model: str, reason: NonConvergence, parameters: Iterable[str] = ()) -> DidNotConverge:
    """The error for `model`; `parameters` are those that the data leave open."""
    message = _MESSAGES[reason].fill(parameters=", ".join(parameters))
    named = Text(f"模型 {model}: {message.zh}", f"model {model}: {message.en}")
    return DidNotConverge(Problem(f"did_not_converge_{reason.value}", named, _REMEDY), reason=reason)
