"""Running a script under several hash seeds, on which no drawing may depend."""

import os
import subprocess
import sys


def answers_under_hash_seeds(script: str, seeds: int) -> set[bytes]:
    """Return the distinct outputs of a script under the hash seeds 0, 1, …"""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": os.getcwd()},
        )
        for seed in range(seeds)
    ]
    return {run.communicate()[0] for run in runs}
