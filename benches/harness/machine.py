"""The machine: what it is, and whether it is quiet enough to measure on."""

import os
import platform
import subprocess
import time


def facts():
    """What a reader of the figures needs to know about where they come from."""
    with open("/proc/meminfo") as file:
        memory_kb = int(file.readline().split()[1])
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    java = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr.splitlines()
    return {
        "cores": os.cpu_count(),
        "cpu": model,
        "memory_gib": round(memory_kb / (1 << 20), 1),
        "kernel": platform.release(),
        "java": next((line for line in java if "version" in line), "unknown"),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def busy():
    """Processor seconds that all cores together were busy since the start of the machine."""
    with open("/proc/stat") as file:
        user, nice, system, _idle, _iowait, irq, softirq, *_ = (int(word) for word in file.readline().split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


class Patience:
    """Waits for a quiet machine, not for ever: whoever measures on a busy one is told so in the result."""

    def __init__(self, seconds):
        self.left = seconds

    def await_quiet(self):
        """Returns when the cores were idle for half a second, or all patience is used up."""
        while True:
            before = busy()
            time.sleep(0.5)
            if (busy() - before) / 0.5 < 0.15 or self.left <= 0:
                return
            self.left -= 0.5
