"""From single runs to medians, spread and ratios; the table and the JSON file.

A ratio is the limit's median time divided by ours: above 1, ours is faster. Of many tables the limit is our own time
with one, of exactly-once our own time at-least-once. Elsewhere the limit is always the fastest way that the
server alone has, and of the two merges the worse ratio counts.
"""

import json
import math
import statistics

from contestants import MEANING

GOALS = {"append_vs_copy": 0.8, "merge_vs_limit": 0.75, "initial_vs_copy": 0.85, "tables1000_vs_1": 0.7,
         "exactly_once_vs_at_least_once": 0.6}


def summarise(runs, rows, order):
    """Per work and contestant: medians, and the spread of the times as (slowest - fastest) / median."""
    summary = {}
    for work, contestants in order.items():
        for contestant in contestants:
            own = [run for run in runs if (run["work"], run["contestant"]) == (work, contestant)]
            seconds = sorted(run["seconds"] for run in own)
            middle = statistics.median(seconds)
            entry = {
                "seconds": round(middle, 3),
                "spread": round((seconds[-1] - seconds[0]) / middle, 3),
                "rows_per_second": round(rows / middle),
            }
            for name in own[0]:
                if name.endswith(("_seconds", "_mib")):
                    entry[name] = round(statistics.median(run[name] for run in own), 3)
            stalls = sorted(stall for run in own for stall in run.get("stalls", []))
            if stalls:
                entry["checkpoints"] = len(stalls)
                entry["stalled_seconds"] = round(statistics.median(sum(run["stalls"]) for run in own), 3)
                entry["stall_p50_seconds"], entry["stall_p99_seconds"] = _at(stalls, 0.5), _at(stalls, 0.99)
            entry["client_cpu_seconds_per_million_rows"] = round(entry["client_cpu_seconds"] * 1e6 / rows, 3)
            summary[f"{work}.{contestant}"] = entry
    return summary


def _at(values, quantile):
    """Of sorted values the lowest one that so many are not above."""
    return round(values[math.ceil(len(values) * quantile) - 1], 4)


def ratios(summary):
    """The figures that the goals are about, and what they are made of; those whose contestants were measured."""
    found = {}

    def ratio(name, limits, ours):
        limits = [summary[limit]["seconds"] for limit in limits if limit in summary]
        if limits and ours in summary:
            found[name] = min(limits) / summary[ours]["seconds"]

    ratio("append_vs_copy", ["append.server"], "append.flink")
    ratio("append_vs_psql", ["append.psql"], "append.flink")
    ratio("append_rust_vs_copy", ["append.server"], "append.rust")
    for work in ("merge_empty", "merge_full"):
        limits = [f"{work}.{form}" for form in ("server", "server_using", "server_distinct")]
        ratio(f"{work}_vs_limit", limits, f"{work}.flink")
        ratio(f"{work}_rust_vs_limit", limits, f"{work}.rust")
    ratio("initial_vs_copy", ["initial.server"], "initial.flink")
    ratio("initial_rust_vs_copy", ["initial.server"], "initial.rust")
    for limit in ("100ms", "500ms", "1s", "5s"):
        ratio(f"commits_{limit}_vs_0s", ["commits.after_0s"], f"commits.after_{limit}")
    for count in (10, 100, 1000):
        ratio(f"tables{count}_vs_1", ["tables.flink_1"], f"tables.flink_{count}")
    ratio("exactly_once_vs_at_least_once", ["checkpoints.at_least_once"], "checkpoints.exactly_once")
    ratio("tables1000_rust_vs_1", ["tables.rust_1"], "tables.rust_1000")
    found["merge_vs_limit"] = min(found["merge_empty_vs_limit"], found["merge_full_vs_limit"])
    return {name: round(value, 3) for name, value in found.items()}


def table(summary, found, order, goals):
    """What ./bench prints; the goals are for the whole of it."""
    lines = [f"{'':44}{'seconds':>8}{'spread':>8}{'rows/s':>10}{'CPU s/M rows':>14}{'server CPU s':>14}{'memory MiB':>12}"]
    for work, contestants in order.items():
        lines.append(work)
        for contestant in contestants:
            entry = summary[f"{work}.{contestant}"]
            memory = entry.get("peak_rss_mib", entry.get("session_memory_mib", ""))
            lines.append(
                f"  {MEANING[contestant]:42}{entry['seconds']:8.2f}{entry['spread']:8.0%}{entry['rows_per_second']:10,}"
                f"{entry['client_cpu_seconds_per_million_rows']:14.2f}{entry['server_cpu_seconds']:14.2f}{memory:>12}")
    lines.append(f"{'stalls of the task thread at a checkpoint':44}{'p50 ms':>8}{'p99 ms':>8}{'checkpoints':>13}{'seconds a job':>15}")
    for contestant in order["checkpoints"]:
        entry = summary[f"checkpoints.{contestant}"]
        lines.append(f"  {MEANING[contestant]:42}{entry['stall_p50_seconds'] * 1000:8.0f}"
                     f"{entry['stall_p99_seconds'] * 1000:8.0f}{entry['checkpoints']:13}{entry['stalled_seconds']:15.2f}")
    lines.append("ratios (the server's time / ours)")
    for name, value in found.items():
        goal = f"   goal {goals[name]}: {'met' if value >= goals[name] else 'MISSED'}" if name in goals else ""
        lines.append(f"  {name:42}{value:8.2f}{goal}")
    return "\n".join(lines)


def disturbed(runs, limit):
    """How many runs others spoiled; a result with any is no result to decide by."""
    return sum(run["foreign_cores"] > limit for run in runs)


def save(file, content):
    """Writes the result, readable and with stable order."""
    with open(file, "w") as out:
        json.dump(content, out, indent=1)
        out.write("\n")
