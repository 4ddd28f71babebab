"""A whole database of MariaDB through `mysql-sync-database`: rows a second of the snapshot and of the log, with the watch and without.

Both are the command's own job at parallelism 1, with a checkpoint every second, into the server of the other work. The clock runs
from the job's submission to the moment when the target has all rows, which is seen within a tenth of a second.
"""

import os
import shutil
import signal
import statistics
import subprocess
import time

import machine
from job import OPENS

TABLES = 10
ROWS = 10_000
REPETITIONS = 2
DATABASE = "bench_sync"
USER, PASSWORD = "bench", "bench-password"
# Work → how the job starts; the log has each row once, as it was inserted.
WORK = {"snapshot": "initial", "log": "earliest-offset"}
CONTESTANTS = {"bare": "without the watch", "watched": "with the watch"}


class MariaDb:
    """One server with the tables, gone with `stop`."""

    def __init__(self, root, folder, port):
        self.folder, self.port = folder, port
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        environment = {**os.environ, "PIE_MARIADB_USER": USER, "PIE_MARIADB_PASSWORD": PASSWORD}
        with open(folder / "server.log", "wb") as log:
            self.process = subprocess.Popen([root / "tests/harness/mariadb", folder / "data", str(port)], stdout=log,
                                            stderr=subprocess.STDOUT, env=environment)
        deadline = time.monotonic() + 120
        while subprocess.run(self._client("SELECT 1"), capture_output=True).returncode != 0:
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.stop()
                raise RuntimeError(f"the source does not start, see {folder}/server.log")
            time.sleep(0.2)
        tables = "".join(
            f"CREATE TABLE t{number} (id int PRIMARY KEY, name varchar(40) NOT NULL, amount decimal(12,2), at datetime(3), "
            f"note varchar(100)); INSERT INTO t{number} SELECT seq, concat('name ', seq), seq / 7, "
            f"'2024-01-01' + INTERVAL seq SECOND, repeat('x', seq % 90) FROM seq_1_to_{ROWS}; "
            for number in range(TABLES))
        subprocess.run(self._client(f"CREATE DATABASE {DATABASE}; USE {DATABASE}; {tables}"), check=True)

    def stop(self):
        """Ends the server at once; its data is worth nothing."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _client(self, statements):
        return ["mariadb", "--no-defaults", "-u", "root", "-S", self.folder / "data/socket", "-e", statements]


class SyncJobs:
    """The process of SyncJob; one warm virtual machine for all jobs."""

    def __init__(self, class_path, log):
        self.log = open(log, "wb")
        self.process = subprocess.Popen(
            ["java", "-Xms1g", "-Xmx1g", "-Dfile.encoding=UTF-8", *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENS),
             "-cp", class_path, "com.pieclouddb.flink.bench.SyncJob"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1)
        self.say(None, "ready")

    def say(self, line, answer):
        """Writes a line and waits for its answer; the command's own words come in between."""
        if line is not None:
            self.process.stdin.write(line + "\n")
        for found in self.process.stdout:
            if found.strip() == answer:
                return
        raise RuntimeError(f"the job failed, see {self.log.name}")

    def stop(self):
        """Ends the process."""
        self.process.kill()
        self.process.wait()
        self.log.close()


def measure(source, server, jobs, progress):
    """All runs: for each work both contestants in turn, after one that warms the virtual machine up."""
    runs = []
    _once(source, server, jobs, "bare", "snapshot")
    for repetition in range(1, REPETITIONS + 1):
        for work in WORK:
            for contestant in CONTESTANTS:
                busy, began = machine.busy(), time.monotonic()
                seconds = _once(source, server, jobs, contestant, work)
                progress.say(f"round {repetition} of {REPETITIONS}, {work}.{contestant}: {seconds:.2f} s")
                cores = (machine.busy() - busy) / (time.monotonic() - began)
                runs.append({"work": work, "contestant": contestant, "repetition": repetition, "seconds": round(seconds, 2),
                             "busy_cores": round(cores, 2), "load": round(os.getloadavg()[0], 1)})
    return runs


def _once(source, server, jobs, contestant, work):
    server.run(["SET client_min_messages = warning", f"DROP SCHEMA IF EXISTS {DATABASE} CASCADE", "CHECKPOINT"])
    flags = {"mysql-conf": ["hostname=127.0.0.1", f"port={source.port}", f"username={USER}", f"password={PASSWORD}",
                            f"database-name={DATABASE}", f"scan.startup.mode={WORK[work]}"],
             "sink-conf": ["hostname=127.0.0.1", f"port={server.port}", "username=postgres", "password=none",
                           f"schema-name={DATABASE}"]}
    words = [word for flag, values in flags.items() for value in values for word in (f"--{flag}", value)]
    began = time.monotonic()
    jobs.say(" ".join([contestant, "mysql-sync-database", "--database", "postgres", *words]), "running")
    everything = " UNION ALL ".join(f"SELECT count(*) n FROM {DATABASE}.t{number}" for number in range(TABLES))
    deadline = began + 300
    while server.ask(f"SELECT sum(n) FROM ({everything}) counts") != str(TABLES * ROWS):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{work} {contestant}: the target does not get all rows, see {jobs.log.name}")
        time.sleep(0.1)
    seconds = time.monotonic() - began
    jobs.say("cancel", "canceled")
    return seconds


def summarise(runs):
    """Per work: medians of both, and what the watch leaves of the rows a second."""
    found = {}
    for work in WORK:
        own = {contestant: [run["seconds"] for run in runs if (run["work"], run["contestant"]) == (work, contestant)]
               for contestant in CONTESTANTS}
        for contestant, seconds in own.items():
            middle = statistics.median(seconds)
            found[f"{work}.{contestant}"] = {
                "seconds": middle, "spread": round((max(seconds) - min(seconds)) / middle, 3),
                "rows_per_second": round(TABLES * ROWS / middle)}
        found[f"{work}.kept"] = round(found[f"{work}.bare"]["seconds"] / found[f"{work}.watched"]["seconds"], 3)
    return found


def table(found):
    """What ./bench prints of it."""
    lines = [f"{f'{TABLES} tables of {ROWS:,} rows from MariaDB':44}{'seconds':>8}{'spread':>8}{'rows/s':>10}"]
    for work in WORK:
        for contestant, meaning in CONTESTANTS.items():
            entry = found[f"{work}.{contestant}"]
            lines.append(f"  {f'{work}, {meaning}':42}{entry['seconds']:8.2f}{entry['spread']:8.0%}{entry['rows_per_second']:10,}")
        lines.append(f"  {f'{work}: what the watch leaves':42}{found[f'{work}.kept']:8.2f}")
    return "\n".join(lines)
