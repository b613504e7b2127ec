"""Did it work: rankings and standards judged by what happened next. Nothing a ranking rests on is later than its cut."""

from keceng.evaluate.alerts import Alert, AlertCode, Severity, find_alerts
from keceng.evaluate.backtest import backtest_rankings
from keceng.evaluate.calibration import CalibrationGroup, Counted, ForecastCheck, check_forecast
from keceng.evaluate.characteristics import (
    MIN_HEADS,
    Characteristic,
    Comparison,
    compare_characteristics,
)
from keceng.evaluate.class_outcomes import ClassGap, ClassOutcome, Verdict
from keceng.evaluate.cohorts import (
    ClassFlow,
    Cohort,
    CohortSeries,
    FlowLink,
    FlowNode,
    follow_cohorts,
    trace_flow,
)
from keceng.evaluate.comparable import is_sensitive
from keceng.evaluate.drift import Drift, MeasureDrift, measure_drift
from keceng.evaluate.effects import Contrast
from keceng.evaluate.glance import glance_at_draft
from keceng.evaluate.graded_table import GradedTable
from keceng.evaluate.impact import (
    ClassSize,
    CrossTable,
    Glance,
    Impact,
    MoveReason,
    NamedMove,
    Overlap,
    StandardSide,
    Workload,
)
from keceng.evaluate.migration import Fall, Migration, MoveCell, migration_matrix
from keceng.evaluate.portraits import Amounts, ClassPortrait, Trend, describe_classes
from keceng.evaluate.quality import RankingQuality, correlate_ranks, gini_along, judge_ranking
from keceng.evaluate.replay import GradedDay, Roster, grading_steps, read_roster, replay_standard
from keceng.evaluate.shifts import Shift, ShiftVerdict, compare_mixes, round_figure
from keceng.evaluate.simulation import simulate_standard
from keceng.evaluate.standards_backtest import backtest_standards
from keceng.evaluate.standards_summary import CutResult, StabilityRates, StandardResult, StandardsBacktest
from keceng.evaluate.stored_runs import StoredRun, choose_pair, list_published, read_run
from keceng.evaluate.summary import Backtest, PropensityComparison, TotalOutcome

__all__ = [
    "MIN_HEADS",
    "Alert",
    "AlertCode",
    "Amounts",
    "Backtest",
    "CalibrationGroup",
    "Characteristic",
    "ClassFlow",
    "ClassGap",
    "ClassOutcome",
    "ClassPortrait",
    "ClassSize",
    "Cohort",
    "CohortSeries",
    "Comparison",
    "Contrast",
    "Counted",
    "CrossTable",
    "CutResult",
    "Drift",
    "Fall",
    "FlowLink",
    "FlowNode",
    "ForecastCheck",
    "Glance",
    "GradedDay",
    "GradedTable",
    "Impact",
    "MeasureDrift",
    "Migration",
    "MoveCell",
    "MoveReason",
    "NamedMove",
    "Overlap",
    "PropensityComparison",
    "RankingQuality",
    "Roster",
    "Severity",
    "Shift",
    "ShiftVerdict",
    "StabilityRates",
    "StandardResult",
    "StandardSide",
    "StandardsBacktest",
    "StoredRun",
    "TotalOutcome",
    "Trend",
    "Verdict",
    "Workload",
    "backtest_rankings",
    "backtest_standards",
    "check_forecast",
    "choose_pair",
    "compare_characteristics",
    "compare_mixes",
    "correlate_ranks",
    "describe_classes",
    "find_alerts",
    "follow_cohorts",
    "gini_along",
    "glance_at_draft",
    "grading_steps",
    "is_sensitive",
    "judge_ranking",
    "list_published",
    "measure_drift",
    "migration_matrix",
    "read_roster",
    "read_run",
    "replay_standard",
    "round_figure",
    "simulate_standard",
    "trace_flow",
]
