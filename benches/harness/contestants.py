"""Who is measured, and how one of them does one piece of work.

Pieces of work: `append` into an empty table without a key; `merge_empty` into an empty table with one; `initial` the same
with `sink.merge.initial-load` = `direct`; `merge_full` onto a table that holds the same keys already; `commits` appends with
a `sink.copy.max-duration` of its own; `checkpoints` merges into an empty table with a checkpoint every now and then;
`tables` merges into so many empty tables at once. Contestants come in the order of `ORDER`. Everything that a run needs is
prepared outside its clock, and what it left in the table is compared with the ready file after it.
"""

import os
import subprocess
import time

import machine
import tables
from job import numbers

# Work → contestants. The first ones are the limit: the server alone, without our code and without a socket.
ORDER = {
    "append": ["server", "psql", "flink", "flink_binary", "rust"],
    "merge_empty": ["server", "server_using", "server_distinct", "flink", "rust"],
    "merge_full": ["server", "server_using", "server_distinct", "flink", "rust"],
    "initial": ["server", "flink", "rust"],
    "commits": ["after_100ms", "after_500ms", "after_1s", "after_5s", "after_0s"],
    "checkpoints": ["at_least_once", "exactly_once"],
    "tables": ["flink_1", "flink_10", "flink_100", "flink_1000", "rust_1", "rust_1000"],
}

# Between two checkpoints, where there are any.
CHECKPOINT_INTERVAL = "500ms"

# Connections of the sink into many tables.
POOL = 8

MEANING = {
    "server": "server alone, COPY of the ready file",
    "server_using": "the same, merge with DELETE … USING",
    "server_distinct": "the same, merge with DISTINCT ON",
    "psql": "psql \\copy of the ready file",
    "flink": "ours: Flink job, rows read field by field",
    "flink_binary": "ours: Flink job, rows in binary form",
    "rust": "ours without Flink and Java",
    **{f"after_{limit}": f"ours, sink.copy.max-duration = {limit}" for limit in ("100ms", "500ms", "1s", "5s", "0s")},
    **{guarantee.replace("-", "_"): f"ours {guarantee}, checkpoints at {CHECKPOINT_INTERVAL}"
       for guarantee in ("at-least-once", "exactly-once")},
    **{f"flink_{count}": f"ours: Flink job, {count} tables, {POOL} connections" for count in (1, 10, 100, 1000)},
    **{f"rust_{count}": f"ours without Flink and Java, {count} tables" for count in (1, 1000)},
}

# More work of others than this, in cores, spoils a run; so many runs may be repeated for it.
FOREIGN_LIMIT = 0.1
REPEATS = 6


def _count(contestant):
    """How many tables a contestant's name says."""
    return int(contestant.rsplit("_", 1)[1])


class Contest:
    """Runs single measurements and keeps them."""

    def __init__(self, servers, jobs, files, programs):
        self.servers, self.jobs, self.files, self.programs = servers, jobs, files, programs
        self.patience = machine.Patience(60)
        self.repeats_left = REPEATS
        self.server = servers["append"]
        self.expected = self.server.ask(tables.content("reference"))
        self.rows = int(self.expected.split("|")[0])
        self.runs = []

    def measure(self, work, contestant, repetition):
        """One measurement, once more if others disturbed it."""
        run = self._once(work, contestant)
        if run["foreign_cores"] > FOREIGN_LIMIT and self.repeats_left > 0:
            self.repeats_left -= 1
            run = self._once(work, contestant)
        self.runs.append({"work": work, "contestant": contestant, "repetition": repetition, **run})
        return run

    def _once(self, work, contestant):
        self.server = self.servers[work]
        table = "plain" if work in ("append", "commits") else "keyed"
        names = tables.spread(_count(contestant)) if work == "tables" else [table]
        fill = tables.copy("keyed", self.files.copy) if work == "merge_full" else None
        self.server.prepare(names, fill)
        self.patience.await_quiet()
        began, busy, server, own = time.monotonic(), machine.busy(), self.server.cpu(), self._own_cpu()
        run = self._compete(work, contestant, table)
        time.sleep(0.1)  # The server reaps its ended sessions.
        wall = time.monotonic() - began
        run["server_cpu_seconds"] = round(self.server.cpu() - server, 2)
        foreign = machine.busy() - busy - run["server_cpu_seconds"] - (self._own_cpu() - own)
        run["foreign_cores"] = round(max(0.0, foreign / wall), 3)
        found = self.server.ask(tables.content_of_all(names))
        if found != self.expected:
            raise RuntimeError(f"{work} by {contestant} left {found} in the table, not {self.expected}")
        return run

    def _compete(self, work, contestant, table):
        if work == "tables":
            return self._spread(contestant)
        if work == "checkpoints":
            return self._by_job("merge", "fields", table, f"execution.checkpointing.interval={CHECKPOINT_INTERVAL}",
                                f"sink.delivery-guarantee={contestant.replace('_', '-')}")
        if work == "commits":
            return self._by_job("append", "fields", table, f"sink.copy.max-duration={contestant.removeprefix('after_')}")
        if work == "initial":
            return self._fill(contestant, table)
        mode = "append" if work == "append" else "merge"
        if contestant.startswith("server"):
            return self._by_psql(
                [tables.copy(table, self.files.copy)] if mode == "append"
                else tables.merge_by_hand(self.files.copy, contestant))
        if contestant == "psql":
            return self._by_psql([tables.copy_streamed(table, self.files.copy)])
        if contestant == "rust":
            return self._by_program("load", 1, mode, table)
        return self._by_job(mode, "binary" if contestant == "flink_binary" else "fields", table)

    def _fill(self, contestant, table):
        if contestant == "server":
            return self._by_psql([tables.copy(table, self.files.copy)])
        if contestant == "rust":
            return self._by_program("load", 1, "merge", table, options=tables.FILLING)
        return self._by_job("merge", "fields", table, *(f"{name}={value}" for name, value in tables.FILLING.items()))

    def _spread(self, contestant):
        count = _count(contestant)
        if contestant.startswith("rust"):
            return self._by_program("tables", POOL, "merge", f"spread{count}", str(count), "1")
        return self._by_job("database", "fields", f"spread{count}", str(count), f"connection.pool.max-size={POOL}")

    def _by_job(self, *command):
        found = self.jobs.run(str(self.server.port), *command)
        stalls = {"stalls": found["stalls"]} if found["stalls"] else {}
        return {
            **stalls,
            "seconds": found["millis"] / 1000,
            "client_cpu_seconds": found["cpu_millis"] / 1000,
            "peak_rss_mib": found["peak_rss_kb"] >> 10,
            "rss_growth_mib": (found["peak_rss_kb"] - found["first_rss_kb"]) >> 10,
        }

    def _by_psql(self, statements):
        steps, cpu = self.server.run(statements)
        words = [statement.split()[0].lower() for statement in statements]
        return {
            "seconds": round(sum(steps), 3),
            "client_cpu_seconds": round(cpu, 3),
            "steps": dict(zip(words, steps)),
        }

    def _by_program(self, name, pool, mode, table, *more, options=()):
        session, spec = self.files.spec("session", tables.session_spec(self.server.port, pool)), \
            self.files.spec("table", tables.table_spec(table, mode, options))
        output = subprocess.run([self.programs / name, session, spec, self.files.frames, *more],
                                capture_output=True, text=True, check=True).stdout
        found = numbers(output)
        return {
            "seconds": found["millis"] / 1000,
            "client_cpu_seconds": found["cpu_micros"] / 1e6,
            "session_memory_mib": round(found["memory_bytes"] / (1 << 20), 1),
        }

    def _own_cpu(self):
        """Processor seconds of the harness, its ended children and the virtual machine."""
        times = os.times()
        with open(f"/proc/{self.jobs.process.pid}/stat") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return sum(times[:4]) + (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
