"""How much of the work a call of ./bench does: all of it, or `--quick` what shows a large change within minutes.

The quick course has a quarter of the rows and one repetition, so its figures say nothing below some tens of percent; they
are printed and not kept.
"""

import dataclasses

from contestants import ORDER


@dataclasses.dataclass(frozen=True)
class Course:
    """What is measured, how often, on how many rows, and how long it takes on two quiet cores once everything is built."""

    rows: int
    repetitions: int
    order: dict
    warm_up: dict
    synced: bool
    minutes: int

    def steps(self):
        """How many measurements there are, those that warm up included."""
        def count(works):
            return sum(map(len, works.values()))
        return count(self.warm_up) + self.repetitions * count(self.order)


# The compiler of the virtual machine is still busy in the second job.
WHOLE = Course(
    rows=1_200_000, repetitions=3, order=ORDER,
    warm_up={"append": ["server", "flink", "flink"], "merge_full": ["server", "flink", "flink"],
             "checkpoints": ["exactly_once"], "tables": ["flink_10"]},
    synced=True, minutes=17)

QUICK = Course(
    rows=300_000, repetitions=1,
    order={"append": ["server", "flink"], "merge_empty": ["server", "server_using", "flink"],
           "merge_full": ["server", "server_using", "flink"], "initial": ["server", "flink"],
           "checkpoints": ["at_least_once", "exactly_once"],
           "tables": ["flink_1", "flink_1000"]},
    warm_up={"append": ["flink"], "merge_full": ["flink"]},
    synced=False, minutes=2)


def chosen(words):
    """By the words behind ./bench; ends with the usage where they are not understood."""
    if words in ([], ["--quick"]):
        return QUICK if words else WHOLE
    raise SystemExit("usage: ./bench [--quick]")
