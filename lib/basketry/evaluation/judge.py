"""What every task is judged with, and the rows of one."""

from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame

from basketry.evaluation.asked import ask, heavy_above, known_items, listed
from basketry.evaluation.cases import past, sampled, with_past
from basketry.evaluation.compare import Row, compare
from basketry.evaluation.settings import EvaluationSettings
from basketry.evaluation.shown import Known


class Judge(NamedTuple):
    """Users' purchases before the cut, what is known of items, and the segments of users where there are."""

    past: DataFrame
    known: Known
    heavy_above: float
    segments: DataFrame | None
    settings: EvaluationSettings
    seed: int

    @property
    def places(self) -> int:
        """The length of the lists that are judged."""
        return max(self.settings.ks)

    def chosen(self, cases: DataFrame) -> DataFrame:
        """At most max_cases of the cases, with what their users did before the cut."""
        drawn = sampled(cases, self.settings.max_cases, seed=self.seed)
        return with_past(drawn, self.past, self.segments).persist()

    def rows(self, task: str, cases: DataFrame, lists: pa.Table, names: Mapping[str, str]) -> list[Row]:
        """Rows of gold.metrics of a task: `cases` as `chosen` gives them; `lists` has each model of `names` under the
        name there. Raises ContractError without cases.
        """
        asked = ask(task, cases, self.known, self.heavy_above, self.settings)
        found = listed(lists, names, asked, self.known, self.places)
        return compare(task, asked, found, self.known, self.settings, seed=self.seed)


def judge_of(
    train: DataFrame, items: DataFrame, segments: DataFrame | None, settings: EvaluationSettings, *, seed: int
) -> Judge:
    """From the interactions before the cut, the items' categories, and (user_id, segment)."""
    before = past(train).persist()
    return Judge(before, known_items(train, items), heavy_above(before), segments, settings, seed)
