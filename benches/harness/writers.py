"""What merges that follow each other cost: 1, 2 and 4 writers of one sink, into a table with a primary key and into one without.

No part of ./bench, which has to have built everything before: `python3 benches/harness/writers.py [ROWS] [REPETITIONS]`. Each
writer is a process of `load` with the rows of its orders, so that a key has one writer as in a job; all begin at once and flush
once, onto a table that holds the same keys. The time is the slowest writer's, from its first row to the end of its flush.
"""

import pathlib
import re
import statistics
import struct
import subprocess
import sys

import tables
from server import SETTINGS, Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
PORT = 15727
WRITERS = (1, 2, 4)
# Of a frame: table and length of the image. The order stands behind the image's first eight bytes.
HEAD = struct.Struct("<II")
ORDER = struct.Struct("<q")


def split(frames, writers):
    """The frames of each writer."""
    parts = [bytearray() for _ in range(writers)]
    at = 0
    while at < len(frames):
        end = at + HEAD.size + HEAD.unpack_from(frames, at)[1]
        parts[ORDER.unpack_from(frames, at + HEAD.size + 8)[0] % writers] += frames[at:end]
        at = end
    return parts


class Writers:
    """So many processes, whose files are made once."""

    def __init__(self, folder, frames, count):
        self.commands = []
        for number, part in enumerate(split(frames, count)):
            rows = folder / f"{count}-{number}.frames"
            rows.write_bytes(part)
            session = folder / f"{count}-{number}.spec"
            session.write_text(tables.session_spec(PORT).replace("sink.parallelism=1\n", f"sink.parallelism={count}\n")
                               .replace("writer.subtask=0\n", f"writer.subtask={number}\n"))
            self.commands.append((session, rows))

    def merge(self, spec):
        """Seconds until the last one was done."""
        running = [subprocess.Popen([ROOT / "target/release/load", session, spec, rows], stdout=subprocess.PIPE, text=True)
                   for session, rows in self.commands]
        said = [process.communicate()[0] for process in running]
        if any(process.returncode for process in running):
            raise RuntimeError("a writer failed")
        return max(int(re.search(r"millis=(\d+)", one).group(1)) for one in said) / 1000


def main():
    rows, repetitions = (int(given or default) for given, default in zip([*sys.argv[1:3], None, None], (200_000, 5)))
    folder = ROOT / "build/bench-writers"
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    subprocess.run([ROOT / "target/release/lineitem", str(rows), data], check=True)
    contestants = {count: Writers(data, (data / "lineitem.frames").read_bytes(), count) for count in WRITERS}
    specs = {}
    for table in ("keyed", "plain"):
        specs[table] = data / f"{table}.spec"
        specs[table].write_text(tables.table_spec(table, "merge"))
    server = Server(ROOT, "17", str(folder / "postgres"), PORT, SETTINGS)
    seconds = {}
    try:
        server.run([*tables.CREATE, tables.copy("reference", data / "lineitem.copy")])
        expected = server.ask(tables.content("reference"))
        # The first time warms up.
        for repetition in range(repetitions + 1):
            for table, spec in specs.items():
                for count, writers in contestants.items():
                    server.prepare([table], tables.copy(table, data / "lineitem.copy"))
                    took = writers.merge(spec)
                    if server.ask(tables.content(table)) != expected:
                        raise RuntimeError(f"{count} writers: {table} has other rows than were merged")
                    if repetition > 0:
                        seconds.setdefault((table, count), []).append(took)
    finally:
        server.stop()
    print(f"{rows} rows onto the same rows; median seconds of {repetitions} (fastest to slowest)")
    for (table, count), runs in seconds.items():
        print(f"{table}, {count} writers: {statistics.median(runs):.2f} ({min(runs):.2f} to {max(runs):.2f})")


main()
