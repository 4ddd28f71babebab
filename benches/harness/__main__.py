"""The benchmark's course: data, server, warm-up, repetitions, table. Called by ./bench, which has built everything.

Repetitions interleave all contestants, so that whatever drifts hits all of them alike.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import course
import machine
import plot
import report
import sync
import tables
from contestants import CHECKPOINT_INTERVAL, FOREIGN_LIMIT, Contest
from job import HEAP, FlinkJobs
from progress import Progress
from server import SETTINGS, SPREAD_SETTINGS, Server

SPREADS = (1, 10, 100, 1000)
# A file system in memory, for the server of many tables: ext4 looks at each inode deleted within the last minutes before
# it gives out a new one, so that a benchmark which empties a thousand tables between its runs would measure that.
MEMORY = "/dev/shm"
POSTGRES = "17"
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Files:
    """Where the data is; made once and kept between runs."""

    def __init__(self, folder, generator, rows):
        self.folder = folder
        self.copy, self.frames = folder / "lineitem.copy", folder / "lineitem.frames"
        marker = folder / f"{rows}-{generator.stat().st_mtime_ns}.done"
        if not marker.exists():
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("*.done"):
                old.unlink()
            subprocess.run([generator, str(rows), folder], check=True)
            marker.touch()

    def spec(self, name, text):
        """Keeps a spec text as a file; its path."""
        file = self.folder / f"{name}.spec"
        file.write_text(text)
        return file


def measure(plan, progress, servers, jobs, files, programs):
    """All runs of all repetitions, after some that warm up the machine, the servers and the virtual machine."""
    servers["append"].run([*tables.CREATE, tables.copy("reference", files.copy)])
    servers["tables"].run([*map(tables.create_spread, SPREADS)])
    contest = Contest(servers, jobs, files, programs)
    if contest.rows != plan.rows:
        raise RuntimeError(f"the ready file has {contest.rows} rows, not {plan.rows}")
    for repetition in range(plan.repetitions + 1):
        for work, contestants in (plan.order if repetition else plan.warm_up).items():
            for contestant in contestants:
                run = contest.measure(work, contestant, repetition)
                round_ = f"round {repetition} of {plan.repetitions}" if repetition else "warm-up"
                progress.step(f"{round_}, {work}.{contestant}: {run['seconds']:.2f} s")
    return contest


def measure_sync(build, port, server, cleanup, progress):
    """The whole database of MariaDB, its server and its virtual machine included."""
    progress.say(f"{sync.TABLES} tables of MariaDB through mysql-sync-database, some minutes")
    source = sync.MariaDb(ROOT, build / "mariadb", port)
    cleanup.callback(source.stop)
    jobs = sync.SyncJobs((build / "java/classpath-sync").read_text(), build / "sync.log")
    cleanup.callback(jobs.stop)
    return sync.measure(source, server, jobs, progress)


def main():
    plan = course.chosen(sys.argv[1:])
    # Whoever ends us ends the server and the virtual machine too, also from a background where Ctrl-C is ignored.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda number, _frame: sys.exit(128 + number))
    port = int(os.environ.get("BENCH_PORT", "15717"))
    build, programs = ROOT / "build/bench", ROOT / "target/release"
    progress = Progress(plan.steps(), plan.minutes)
    progress.say(f"rows: {plan.rows:,} of lineitem, made once")
    files = Files(build / f"data-{plan.rows}", programs / "lineitem", plan.rows)
    progress.say("servers: two PostgreSQLs, one of them in memory")
    with contextlib.ExitStack() as cleanup:
        def serve(folder, port, settings):
            server = Server(ROOT, POSTGRES, str(folder), port, settings)
            cleanup.callback(server.stop)
            return server
        disk = serve(build / "postgres", port, SETTINGS)
        memory = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        memory.chmod(0o755)  # The server may have to run as another user.
        spread = serve(memory / "postgres", port + 1, SPREAD_SETTINGS)
        jobs = FlinkJobs((build / "java/classpath").read_text(), str(files.frames))
        cleanup.callback(jobs.stop)
        servers = {work: spread if work == "tables" else disk for work in plan.order}
        contest = measure(plan, progress, servers, jobs, files, programs)
        # Its memory is for the other virtual machine now.
        jobs.stop()
        synced = measure_sync(build, port + 2, disk, cleanup, progress) if plan.synced else []
        version = disk.ask("SHOW server_version")
    measured = [run for run in contest.runs if run["repetition"] > 0]
    summary = report.summarise(measured, plan.rows, plan.order)
    found = report.ratios(summary)
    print(report.table(summary, found, plan.order, report.GOALS if plan is course.WHOLE else {}))
    databases = sync.summarise(synced) if plan.synced else {}
    if plan.synced:
        print(sync.table(databases))
    disturbed = report.disturbed(measured, FOREIGN_LIMIT)
    if disturbed:
        print(f"{disturbed} of {len(measured)} runs were disturbed by other work on this machine: measure again")
    if plan is not course.WHOLE:
        print("a quick run: it shows large changes only, and is not kept")
        return
    (ROOT / "benches/results/rows-per-second.svg").write_text(plot.rows_per_second(summary, plan.order))
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout
    report.save(ROOT / "benches/results/latest.json", {
        "machine": machine.facts(),
        "server": {"version": version, "settings": SETTINGS},
        "client": {"commit": commit.strip(), "flink": "1.20.3", "heap": HEAP, "parallelism": 1,
                   "checkpoints": f"off; in 'checkpoints' every {CHECKPOINT_INTERVAL}"},
        "data": {"table": "TPC-H lineitem", "rows": plan.rows, "copy_bytes": files.copy.stat().st_size},
        "ratios": found,
        "disturbed_runs": disturbed,
        "goals": report.GOALS,
        "medians": summary,
        "sync": {"medians": databases, "runs": synced},
        "runs": contest.runs,
    })


main()
