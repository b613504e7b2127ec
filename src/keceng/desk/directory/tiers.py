"""How the classes of the current run look: their titles, and one place in the ramp of colours each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from keceng.classify import read_run_standard
from keceng.desk.directory.models import Edition
from keceng.desk.opening import served_workspace
from keceng.measure import catalogue
from keceng.report import RAMP, choose_colours
from keceng.standard import Standard
from keceng.vocabulary import Text

_LETTERS = 3
"""A longer id is a word of English, and for programs."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of the grade.

    Attributes:
        title: its title.
        place: in the ramp of colours; 0 is the best, 6 the palest.
        label: what stands on its chip: its id where that is a mere letter, else its title.
    """

    title: Text
    place: int
    label: Text


def read_standard_of(edition: Edition) -> Standard:
    """The ruler of the edition's run, as the run stored it."""
    return _standard(edition.run_id)


def read_tiers(edition: Edition) -> Mapping[str, Tier]:
    """The classes of the grade, best first."""
    return read_run_tiers(edition.run_id)


def read_run_tiers(run_id: str) -> Mapping[str, Tier]:
    """The classes of the grade of a run, best first."""
    return tiers_of(_standard(run_id))


def tiers_of(standard: Standard) -> Mapping[str, Tier]:
    """The classes of the grade of a standard, best first."""
    classes = standard.grade.classes
    colours = choose_colours(len(classes))
    return {
        c.id: Tier(c.title, RAMP.index(colour.fill), c.title if len(c.id) > _LETTERS else Text(c.id, c.id))
        for c, colour in zip(classes, colours, strict=True)
    }


def read_states(edition: Edition) -> Mapping[str, Text]:
    """The classes that strategies are keyed on beside the grade, with their titles; of the lifecycle where there are none."""
    standard = read_standard_of(edition)
    if standard.strategy_by:
        return {c.id: c.title for c in standard.dimension(standard.strategy_by).classes}
    states = catalogue()["lifecycle_state"]
    return dict(states.categories)


@lru_cache(maxsize=8)
def _standard(run_id: str) -> Standard:
    # A stored run never changes, so its standard is read once.
    return read_run_standard(served_workspace(settings.WORKSPACE).lake.snapshot().run_directory(run_id))
