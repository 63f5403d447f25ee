"""Calls every procedure that the published Python SDK has, through a running latchkey-http, by the SDK's own models.

Standard input is one JSON object: where to call and with what, as `scene.Scene` takes it. Prints a line a method; ends with
status 1 when a check failed, or when a method is neither checked nor excused (`coverage.py`).
"""

import json
import sys
import traceback

import coverage

# Importing a module enters its checks into the table.
import apis
import identities
import keys
import permissions
import ratelimit
import root_keys
from scene import Scene


def run(method, check, scene):
    """Runs one check; true when it holds."""
    try:
        check(scene)
    except Exception:
        print(f"{method}: FAILED\n{traceback.format_exc()}")
        return False
    print(f"{method}: holds")
    return True


def main():
    scene = Scene(**json.load(sys.stdin))
    faults = list(coverage.faults(scene))
    for fault in faults:
        print(fault)
    outcomes = [run(method, check, scene) for method, check in coverage.CHECKS.items()]
    unrefused = sorted(coverage.CHECKS.keys() - scene.probed)
    for method in unrefused:
        print(f"{method}: its check never calls it with success through Scene.call")
    sys.exit(0 if all(outcomes) and not faults and not unrefused else 1)


main()
