"""Which methods of the SDK are checked, and why the others are not.

A check is a function under `@checks("service.method")`. To take in another service, write a module with its checks,
import it in `check.py`, and take the service's line out of `EXCUSED`.
"""

import inspect
import json
import re
import urllib.request

from unkey.py import Unkey

CHECKS = {}

# A service or a method without a check, and the reason.
EXCUSED = {
    "analytics": "needs the recorder of verifications, which is not served yet",
    "workspace": "not served yet",
    "apps": "hosting: no part of this service",
    "deployments": "hosting: no part of this service",
    "domains": "hosting: no part of this service",
    "environments": "hosting: no part of this service",
    "gateway": "hosting: no part of this service",
    "github": "hosting: no part of this service",
    "internal": "hosting: no part of this service",
    "portal": "hosting: no part of this service",
    "projects": "hosting: no part of this service",
}

# Procedures that the service has and the SDK has not.
BEYOND = {"apis.update_api", "system.get_health", "system.list_procedures"}


def checks(method):
    """Enters a function as the check of a method."""

    def enter(check):
        assert method not in CHECKS, f"{method} has two checks"
        CHECKS[method] = check
        return check

    return enter


def methods(sdk):
    """The calls that the SDK offers, as `service.method`; those with _async are the same again."""
    for service in Unkey._sub_sdk_map:
        for name, function in inspect.getmembers(getattr(sdk, service), inspect.ismethod):
            # What every service inherits is no call: calls take a server's address.
            is_call = "server_url" in inspect.signature(function).parameters
            if is_call and not name.endswith("_async"):
                yield f"{service}.{name}"


def served(url):
    """The procedures of the adapter, spelt as the SDK spells them."""
    with urllib.request.urlopen(f"{url}/openapi.json") as reply:
        paths = json.load(reply)["paths"]
    names = (path.rpartition("/")[2] for path, operations in paths.items() if "post" in operations)
    return {re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name) for name in names}


def faults(scene):
    """What the tables do not say, one sentence each."""
    offered, serves = set(methods(scene.sdk)), served(scene.url)
    excused = {method for method in offered if method in EXCUSED or method.partition(".")[0] in EXCUSED}
    for method in sorted(offered - CHECKS.keys() - excused):
        yield f"{method}: the SDK has it. Write a check of it, or give a reason in coverage.EXCUSED."
    for method in sorted(CHECKS.keys() - offered):
        yield f"{method}: the SDK does not have it any more. Remove its check."
    for method in sorted(excused & CHECKS.keys()):
        yield f"{method}: is checked. Remove its line from coverage.EXCUSED."
    for method in sorted(excused & serves):
        yield f"{method}: is served now. Write a check of it, and take its line out of coverage.EXCUSED."
    for method in sorted(serves - offered - BEYOND):
        yield f"{method}: is served, and the SDK does not have it. Name it in coverage.BEYOND."
