"""Lines that tell how far a long run is: what begins, how many of how many are done, since when, and how long it may take."""

import sys
import time


class Progress:
    """Tells on the error stream, so that the table alone is the output."""

    def __init__(self, steps, minutes):
        self.steps, self.done, self.began = steps, 0, time.monotonic()
        self.say(f"{steps} measurements, about {minutes} min on a quiet machine")

    def say(self, what):
        """What begins now."""
        passed = int(time.monotonic() - self.began)
        print(f"[{passed // 60:2}:{passed % 60:02}] {what}", file=sys.stderr, flush=True)

    def step(self, what):
        """One measurement is done."""
        self.done += 1
        self.say(f"{self.done} of {self.steps}: {what}")
