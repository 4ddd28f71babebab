"""The server under test: started, prepared between runs, asked by psql.

It is tests/harness/postgres with the settings below; everything else is PostgreSQL's default (fsync and full_page_writes
on, wal_level replica, work_mem 4MB). All contestants of a piece of work get the same server in the same state.
"""

import os
import re
import shutil
import signal
import subprocess
import time

SETTINGS = {
    "shared_buffers": "1GB",
    # Checkpoints come between the runs, when asked for, and not by themselves in the middle of one.
    "max_wal_size": "8GB",
    "min_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}


# For the server of many tables, whose files are in memory.
SPREAD_SETTINGS = {
    **SETTINGS,
    "max_wal_size": "2GB",
    "min_wal_size": "1GB",
    # TRUNCATE and the comparison of a thousand tables lock each of them.
    "max_locks_per_transaction": "256",
}


class Server:
    """One server of its own, gone with `stop`."""

    def __init__(self, root, line, folder, port, settings):
        self.port = port
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with open(f"{folder}.log", "wb") as log:
            self.process = subprocess.Popen(
                [f"{root}/tests/harness/postgres", line, folder, str(port), *arguments],
                stdout=log, stderr=subprocess.STDOUT)
        self._await()

    def _await(self):
        # The first start may have to fetch the binaries.
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and self.process.poll() is None:
            if subprocess.run(self._psql("SELECT 1"), capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the server does not start, see {self.folder}.log")

    def stop(self):
        """Ends the server at once; its data is worth nothing."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def ask(self, statement):
        """The one answer of a query, as psql prints it."""
        done = subprocess.run([*self._psql(statement), "-At"], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def run(self, statements):
        """Runs statements in one session: psql's own time for each in seconds, and psql's processor time."""
        process = subprocess.Popen([*self._psql("\\timing on", *statements)], stdout=subprocess.PIPE, text=True)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        times = [float(found) / 1000 for found in re.findall(r"^Time: ([\d.]+) ms", output, re.MULTILINE)]
        if process.returncode != 0 or len(times) != len(statements):
            raise RuntimeError(f"psql failed: {output}")
        return times, usage.ru_utime + usage.ru_stime

    def prepare(self, names, fill=None):
        """Empties tables, fills the first by `fill` if given, and leaves nothing for the server to do later."""
        steps = [f"TRUNCATE {', '.join(names)}"] + ([fill] if fill else [])
        self.run([*steps, f"VACUUM (ANALYZE, FREEZE) {', '.join(names)}", "CHECKPOINT"])

    def cpu(self):
        """Processor seconds of the server so far, ended sessions included."""
        main = _times(self.process.pid)
        total = sum(main)
        for child in _children(self.process.pid):
            try:
                total += sum(_times(child)[:2])
            except OSError:
                pass  # It ended meanwhile.
        return total / os.sysconf("SC_CLK_TCK")

    def _psql(self, *statements):
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                   "-U", "postgres", "-d", "postgres"]
        for statement in statements:
            command += ["-c", statement]
        return command


def _times(pid):
    """utime, stime, and those of children that were waited for, in ticks."""
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return [int(word) for word in words[11:15]]


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()
