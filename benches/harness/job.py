"""The connector under test: one warm virtual machine that runs a Flink job per request."""

import subprocess

# Flink's own list, shortened to what its serialisers and closure cleaner reach for.
OPENS = ["java.base/java.lang", "java.base/java.util", "java.base/java.nio", "java.base/java.time",
         "java.base/java.net", "java.base/java.lang.invoke", "java.base/java.util.concurrent"]

# The whole heap is resident from the start, so that what grows during a run is not the heap.
HEAP = "1g"


class FlinkJobs:
    """The process of LineitemJob; started with the rows in memory, gone with `stop`."""

    def __init__(self, class_path, frames):
        self.process = subprocess.Popen(
            ["java", f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:+AlwaysPreTouch",
             *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENS),
             "-cp", class_path, "com.pieclouddb.flink.bench.LineitemJob", frames],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._answer()

    def run(self, *command):
        """Runs one job; its measurements by name, and its checkpoints' stalls in seconds."""
        self.process.stdin.write(" ".join(command) + "\n")
        line = self._answer()
        stalls = [int(word.split("=")[1]) / 1e6 for word in line.split() if word.startswith("stall_micros=")]
        return {**numbers(line), "stalls": stalls}

    def stop(self):
        """Ends the process."""
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the Flink job failed")
        return line


def numbers(line):
    """The `name=number` words of a line."""
    return {name: int(value) for name, value in (word.split("=") for word in line.split() if "=" in word)}
