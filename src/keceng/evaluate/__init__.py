"""Did it work: rankings and standards judged by what happened next. Nothing a ranking rests on is later than its cut."""

from keceng.evaluate.backtest import backtest_rankings
from keceng.evaluate.quality import RankingQuality, correlate_ranks, gini_along, judge_ranking
from keceng.evaluate.summary import Backtest, PropensityComparison, TotalOutcome

__all__ = [
    "Backtest",
    "PropensityComparison",
    "RankingQuality",
    "TotalOutcome",
    "backtest_rankings",
    "correlate_ranks",
    "gini_along",
    "judge_ranking",
]
