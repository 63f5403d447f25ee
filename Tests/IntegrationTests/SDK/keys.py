"""Checks of `keys.*`."""

import base64
import hashlib

from coverage import checks

NOT_THERE = "key_nothere00"
LATER = 4_000_000_000_000
LIMIT = {"name": "requests", "limit": 100, "duration": 60_000, "auto_apply": True}
MONTHLY = {"interval": "monthly", "amount": 9, "refill_day": 31}


def everything(scene):
    """All settings that a key can have; the roles exist."""
    return {
        "prefix": "eu",
        "name": "ci",
        "external_id": scene.name(),
        "meta": {"plan": "pro", "seats": [1, None, 2.5]},
        "roles": [scene.role(["invoices.write"])],
        "permissions": ["invoices.read"],
        "expires": LATER,
        "credits": {"remaining": 5, "refill": MONTHLY},
        "ratelimits": [LIMIT],
    }


def slugs(permissions):
    return [permission.slug for permission in permissions]


def names(roles):
    return [role.name for role in roles]


@checks("keys.create_key")
def create_key(scene):
    api_id = scene.api()
    made = scene.data("keys.create_key", api_id=api_id, byte_length=24, **everything(scene))
    assert made.key_id.startswith("key_") and made.key.startswith("eu_")
    told = scene.refuse(404, "role_not_found", "keys.create_key", api_id=api_id, roles=["nobody"])
    assert "nobody" in told.detail
    scene.refuse(404, "api_not_found", "keys.create_key", api_id="api_nothere00")
    scene.refuse(412, "precondition_failed", "keys.create_key", api_id=api_id, recoverable=True)
    scene.invalid("body.byteLength", "keys.create_key", api_id=api_id, byte_length=15)


@checks("keys.get_key")
def get_key(scene):
    settings = everything(scene)
    made = scene.key(api_id=scene.recoverable_api_id, recoverable=True, **settings)
    data = scene.data("keys.get_key", key_id=made.key_id)
    assert (data.key_id, data.enabled, data.start) == (made.key_id, True, made.key[:7])
    assert (data.name, data.meta, data.expires) == ("ci", settings["meta"], LATER)
    assert (data.permissions, data.roles) == (["invoices.read", "invoices.write"], settings["roles"])
    assert (data.credits.remaining, data.credits.refill.amount, data.credits.refill.refill_day) == (5, 9, 31)
    assert (data.identity.external_id, data.ratelimits[0].name) == (settings["external_id"], "requests")
    assert data.created_at > 1_700_000_000_000 and data.updated_at is None and data.plaintext is None
    assert scene.data("keys.get_key", key_id=made.key_id, decrypt=True).plaintext == made.key
    scene.refuse(404, "key_not_found", "keys.get_key", key_id=NOT_THERE)
    scene.refuse(412, "precondition_failed", "keys.get_key", key_id=scene.key().key_id, decrypt=True)
    scene.invalid("body.keyId", "keys.get_key", key_id="key/1")


@checks("keys.whoami")
def whoami(scene):
    made = scene.key(name="ci")
    data = scene.data("keys.whoami", key=made.key)
    assert data == scene.sdk.keys.get_key(key_id=made.key_id).data
    scene.refuse(404, "key_not_found", "keys.whoami", key="eu_nobody")
    scene.invalid("body.key", "keys.whoami", key="")


@checks("keys.verify_key")
def verify_key(scene):
    made = scene.key(name="ci", meta={"plan": "pro"})
    data = scene.data("keys.verify_key", key=made.key)
    assert (data.valid, data.code.value, data.key_id) == (True, "VALID", made.key_id)
    assert (data.enabled, data.name, data.meta) == (True, "ci", {"plan": "pro"})
    assert data.keyspace_id.startswith("ks_")
    assert scene.sdk.keys.verify_key(key="eu_nobody").data.valid is False
    assert scene.verdict("eu_nobody") == "NOT_FOUND"
    assert scene.verdict(scene.key(enabled=False).key) == "DISABLED"
    assert scene.verdict(scene.key(expires=1).key) == "EXPIRED"
    assert scene.weak.keys.verify_key(key=made.key).data.code.value == "NOT_FOUND"
    scene.invalid("body.key", "keys.verify_key", key="")
    verify_terms(scene)


def verify_terms(scene):
    """Permissions, credits, limits and keyspaces of a verification."""
    settings = everything(scene)
    key = scene.key(**settings).key

    def spend(**terms):
        return scene.sdk.keys.verify_key(key=key, **terms).data

    data = spend(permissions="invoices.read AND (invoices.write OR admin)", credits={"cost": 2}, tags=["path=/a"])
    assert (data.code.value, data.credits, data.roles) == ("VALID", 3, settings["roles"])
    assert data.permissions == ["invoices.read", "invoices.write"]
    assert data.identity.external_id == settings["external_id"]
    limit = data.ratelimits[0]
    assert (limit.name, limit.limit, limit.remaining) == ("requests", 100, 99)
    assert (limit.exceeded, limit.auto_apply, limit.reset % 60_000) == (False, True, 0)
    assert spend(permissions="admin").code.value == "INSUFFICIENT_PERMISSIONS"
    data = spend(credits={"cost": 4})
    assert (data.valid, data.code.value, data.credits) == (False, "USAGE_EXCEEDED", 3)
    data = spend(ratelimits=[{"name": "once", "limit": 1, "duration": 60_000, "cost": 2}])
    assert (data.code.value, [limit.exceeded for limit in data.ratelimits]) == ("RATE_LIMITED", [True, False])
    assert (data.ratelimits[0].id, data.ratelimits[1].remaining) == ("", 99)
    assert spend(keyspaces=["ks_nothere00"]).code.value == "NOT_FOUND"
    assert spend(keyspaces=[data.keyspace_id], credits={"cost": 0}).credits == 3
    told = scene.refuse(400, "permissions_query_syntax_error", "keys.verify_key", key=key, permissions="a AND")
    assert [fault.location for fault in told.errors] == ["body.permissions"]
    told = scene.refuse(412, "precondition_failed", "keys.verify_key", key=key, ratelimits=[{"name": "nobody"}])
    assert "nobody" in told.detail


@checks("keys.update_key")
def update_key(scene):
    made = scene.key(**everything(scene))
    key_id, owner, role = made.key_id, scene.name(), scene.role()
    scene.call("keys.update_key", key_id=key_id, name=None, external_id=owner, enabled=False, roles=[role])
    data = scene.sdk.keys.get_key(key_id=key_id).data
    assert (data.name, data.identity.external_id, data.enabled, data.roles) == (None, owner, False, [role])
    assert (data.meta["plan"], data.credits.remaining, data.updated_at is None) == ("pro", 5, False)
    clear = {"external_id": None, "meta": None, "expires": None, "credits": None, "ratelimits": None}
    scene.call("keys.update_key", key_id=key_id, permissions=[], **clear)
    data = scene.sdk.keys.get_key(key_id=key_id).data
    left = (data.identity, data.meta, data.expires, data.credits, data.ratelimits, data.permissions)
    assert left == (None,) * 6
    scene.call("keys.update_key", key_id=key_id, credits={"remaining": 7, "refill": {"interval": "daily", "amount": 1}})
    assert scene.sdk.keys.get_key(key_id=key_id).data.credits.refill.amount == 1
    scene.refuse(404, "role_not_found", "keys.update_key", key_id=key_id, roles=["nobody"])
    scene.refuse(404, "key_not_found", "keys.update_key", key_id=NOT_THERE, name="x")
    scene.invalid("body.name", "keys.update_key", key_id=key_id, name="")


@checks("keys.delete_key")
def delete_key(scene):
    for permanent in (False, True):
        made = scene.key()
        scene.call("keys.delete_key", key_id=made.key_id, permanent=permanent)
        assert scene.verdict(made.key) == "NOT_FOUND"
        scene.refuse(404, "key_not_found", "keys.delete_key", key_id=made.key_id, permanent=permanent)
    scene.invalid("body.keyId", "keys.delete_key", key_id="")


@checks("keys.reroll_key")
def reroll_key(scene):
    first = scene.key(prefix="eu", name="ci")
    second = scene.data("keys.reroll_key", key_id=first.key_id, expiration=0)
    assert second.key_id != first.key_id and second.key.startswith("eu_")
    assert (scene.verdict(first.key), scene.verdict(second.key)) == ("EXPIRED", "VALID")
    third = scene.data("keys.reroll_key", key_id=second.key_id, expiration=None)
    assert (scene.verdict(second.key), scene.verdict(third.key)) == ("VALID", "VALID")
    scene.refuse(404, "key_not_found", "keys.reroll_key", key_id=NOT_THERE, expiration=0)
    scene.invalid("body.expiration", "keys.reroll_key", key_id=second.key_id, expiration=-1)


@checks("keys.migrate_keys")
def migrate_keys(scene):
    secret, api_id = scene.name(), scene.api()
    settings = {"name": "moved", "external_id": scene.name(), "roles": [scene.name()], "permissions": [scene.slug()]}
    item = {"hash": base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode(), **settings}
    target = {"migration_id": scene.migration_id, "api_id": api_id}
    data = scene.data("keys.migrate_keys", keys=[item], **target)
    assert [moved.hash for moved in data.migrated] == [item["hash"]] and data.failed == []
    moved = scene.sdk.keys.get_key(key_id=data.migrated[0].key_id).data
    assert (moved.name, moved.start, moved.roles) == ("moved", "", settings["roles"])
    assert scene.verdict(secret) == "VALID"
    data = scene.data("keys.migrate_keys", keys=[item], **target)
    assert data.migrated == [] and data.failed == [item["hash"]]
    scene.refuse(404, "api_not_found", "keys.migrate_keys", **{**target, "api_id": "api_nothere00"}, keys=[item])
    unknown = {**target, "migration_id": "migration_nothere00"}
    scene.refuse(404, "migration_not_found", "keys.migrate_keys", **unknown, keys=[item])
    scene.invalid("body.keys[0].hash", "keys.migrate_keys", keys=[{"hash": "x"}], **target)


@checks("keys.update_credits")
def update_credits(scene):
    key_id = scene.key(credits={"remaining": 5, "refill": MONTHLY}).key_id
    changing = "keys.update_credits"
    for operation, value, remaining in (("increment", 3, 8), ("decrement", 9, 0), ("set", 4, 4)):
        data = scene.data(changing, key_id=key_id, operation=operation, value=value)
        assert (data.remaining, data.refill.amount) == (remaining, 9)
    data = scene.data(changing, key_id=key_id, operation="set", value=None)
    assert data.remaining is None and data.refill is None
    scene.refuse(400, "invalid_input", changing, key_id=key_id, operation="increment", value=1)
    scene.refuse(404, "key_not_found", changing, key_id=NOT_THERE, operation="set", value=1)
    scene.invalid("body.value", changing, key_id=key_id, operation="set", value=-1)


@checks("keys.add_permissions")
def add_permissions(scene):
    key_id, slug = scene.key(permissions=["b"]).key_id, "a"
    for _ in range(2):
        assert slugs(scene.data("keys.add_permissions", key_id=key_id, permissions=[slug])) == ["a", "b"]
    scene.refuse(404, "key_not_found", "keys.add_permissions", key_id=NOT_THERE, permissions=[slug])
    scene.invalid("body.permissions", "keys.add_permissions", key_id=key_id, permissions=[])


@checks("keys.remove_permissions")
def remove_permissions(scene):
    key_id = scene.key(permissions=["a", "b"]).key_id
    for _ in range(2):
        assert slugs(scene.data("keys.remove_permissions", key_id=key_id, permissions=["a"])) == ["b"]
    unknown = scene.slug()
    told = scene.refuse(404, "permission_not_found", "keys.remove_permissions", key_id=key_id, permissions=[unknown])
    assert unknown in told.detail
    scene.refuse(404, "key_not_found", "keys.remove_permissions", key_id=NOT_THERE, permissions=["a"])
    scene.invalid("body.permissions[0]", "keys.remove_permissions", key_id=key_id, permissions=["no spaces"])


@checks("keys.set_permissions")
def set_permissions(scene):
    key_id = scene.key(permissions=["a", "b"]).key_id
    for wanted in (["b", "c"], ["b", "c"], []):
        assert slugs(scene.data("keys.set_permissions", key_id=key_id, permissions=wanted)) == wanted
    scene.refuse(404, "key_not_found", "keys.set_permissions", key_id=NOT_THERE, permissions=[])
    scene.invalid("body.permissions[0]", "keys.set_permissions", key_id=key_id, permissions=[""])


@checks("keys.add_roles")
def add_roles(scene):
    first, second, slug = scene.role(), scene.name(), scene.slug()
    scene.sdk.permissions.create_role(name=second, permissions=[slug])
    key_id = scene.key(roles=[first]).key_id
    for _ in range(2):
        data = scene.data("keys.add_roles", key_id=key_id, roles=[second])
        assert names(data) == sorted([first, second])
    assert slugs(data[names(data).index(second)].permissions) == [slug]
    scene.refuse(404, "role_not_found", "keys.add_roles", key_id=key_id, roles=["nobody"])
    scene.refuse(404, "key_not_found", "keys.add_roles", key_id=NOT_THERE, roles=[first])
    scene.invalid("body.roles", "keys.add_roles", key_id=key_id, roles=[])


@checks("keys.remove_roles")
def remove_roles(scene):
    first, second = scene.role(), scene.role()
    key_id = scene.key(roles=[first, second]).key_id
    for _ in range(2):
        assert names(scene.data("keys.remove_roles", key_id=key_id, roles=[first])) == [second]
    scene.refuse(404, "role_not_found", "keys.remove_roles", key_id=key_id, roles=["nobody"])
    scene.refuse(404, "key_not_found", "keys.remove_roles", key_id=NOT_THERE, roles=[first])
    scene.invalid("body.roles", "keys.remove_roles", key_id=key_id, roles=[])


@checks("keys.set_roles")
def set_roles(scene):
    first, second = scene.role(), scene.role()
    key_id = scene.key(roles=[first]).key_id
    for wanted in ([second], [second], []):
        assert names(scene.data("keys.set_roles", key_id=key_id, roles=wanted)) == wanted
    scene.refuse(404, "role_not_found", "keys.set_roles", key_id=key_id, roles=["nobody"])
    scene.refuse(404, "key_not_found", "keys.set_roles", key_id=NOT_THERE, roles=[])
    scene.invalid("body.roles[0]", "keys.set_roles", key_id=key_id, roles=[""])
