"""Checks of `root_keys.*`."""

import time

from coverage import checks
from unkey.py import Unkey, errors

GRANT = "api.*.create_api"


@checks("root_keys.create_key")
def create_key(scene):
    later = int(time.time() * 1000) + 3_600_000
    made = scene.data("root_keys.create_key", permissions=[GRANT], name="ci", expires=later)
    assert made.key_id.startswith("key_") and works(scene, made.key)
    scene.invalid("body.permissions[0]", "root_keys.create_key", permissions=["*"])


@checks("root_keys.list_keys")
def list_keys(scene):
    made = {scene.sdk.root_keys.create_key(permissions=[GRANT]).data.key_id for _ in range(3)}
    rows, pages = scene.walk("root_keys.list_keys", limit=2)
    ids = [row.key_id for row in rows]
    assert ids == sorted(ids) and made <= set(ids) and pages == (len(ids) + 1) // 2
    scene.invalid("body.limit", "root_keys.list_keys", limit=101)


@checks("root_keys.update_key")
def update_key(scene):
    made = scene.sdk.root_keys.create_key(permissions=[GRANT]).data
    scene.call("root_keys.update_key", key_id=made.key_id, name="renamed", enabled=False)
    assert not works(scene, made.key)
    scene.call("root_keys.update_key", key_id=made.key_id, enabled=True, permissions=[GRANT])
    assert works(scene, made.key)
    scene.refuse(404, "key_not_found", "root_keys.update_key", key_id="key_nothere00", name="x")
    scene.invalid("body.keyId", "root_keys.update_key", key_id="", name="x")


@checks("root_keys.reroll_key")
def reroll_key(scene):
    first = scene.sdk.root_keys.create_key(permissions=[GRANT]).data
    second = scene.data("root_keys.reroll_key", key_id=first.key_id, expiration=0)
    assert not works(scene, first.key) and works(scene, second.key)
    scene.refuse(404, "key_not_found", "root_keys.reroll_key", key_id="key_nothere00", expiration=0)
    scene.invalid("body.expiration", "root_keys.reroll_key", key_id=second.key_id, expiration=-1)


@checks("root_keys.delete_key")
def delete_key(scene):
    made = scene.sdk.root_keys.create_key(permissions=[GRANT]).data
    scene.call("root_keys.delete_key", key_id=made.key_id)
    assert not works(scene, made.key)
    scene.refuse(404, "key_not_found", "root_keys.delete_key", key_id=made.key_id)
    scene.invalid("body.keyId", "root_keys.delete_key", key_id="")


def works(scene, root_key):
    """Whether a root key with `GRANT` is taken."""
    try:
        Unkey(root_key=root_key, server_url=scene.url).apis.create_api(name=scene.name())
    except (errors.UnauthorizedErrorResponse, errors.ForbiddenErrorResponse):
        return False
    return True
