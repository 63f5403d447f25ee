"""Checks of `identities.*`."""

from coverage import checks

LIMIT = {"name": "exports", "limit": 20, "duration": 3_600_000, "auto_apply": True}


@checks("identities.create_identity")
def create_identity(scene):
    owner = scene.name()
    made = scene.data("identities.create_identity", external_id=owner, meta={"tier": "gold"}, ratelimits=[LIMIT])
    assert made.identity_id.startswith("id_")
    scene.refuse(409, "identity_already_exists", "identities.create_identity", external_id=owner)
    scene.invalid("body.externalId", "identities.create_identity", external_id="no spaces")


@checks("identities.get_identity")
def get_identity(scene):
    owner = scene.name()
    settings = {"meta": {"tier": "gold", "seats": [1, None, 2.5]}, "ratelimits": [LIMIT]}
    made = scene.sdk.identities.create_identity(external_id=owner, **settings).data
    for identity in (made.identity_id, owner):
        data = scene.data("identities.get_identity", identity=identity)
        assert (data.id, data.external_id, data.meta) == (made.identity_id, owner, settings["meta"])
        assert [shown(limit) for limit in data.ratelimits] == [LIMIT]
    scene.refuse(404, "identity_not_found", "identities.get_identity", identity="nobody")
    scene.invalid("body.identity", "identities.get_identity", identity="")


@checks("identities.list_identities")
def list_identities(scene):
    owner = scene.name()
    made = [scene.sdk.identities.create_identity(external_id=f"{owner}.{number}").data for number in range(5)]
    rows, pages = scene.walk("identities.list_identities", search=owner.upper(), limit=2)
    assert [row.id for row in rows] == sorted(row.identity_id for row in made) and pages == 3
    assert scene.walk("identities.list_identities", search="no such owner") == ([], 1)
    scene.invalid("body.limit", "identities.list_identities", limit=0)


@checks("identities.update_identity")
def update_identity(scene):
    owner = scene.name()
    scene.sdk.identities.create_identity(external_id=owner, meta={"tier": "gold"}, ratelimits=[LIMIT])
    limits = [
        {"name": "exports", "limit": 40, "duration": 3_600_000},
        {"name": "logins", "limit": 5, "duration": 60_000},
    ]
    data = scene.data("identities.update_identity", identity=owner, ratelimits=limits)
    assert [(limit.name, limit.limit, limit.auto_apply) for limit in data.ratelimits] == [
        ("exports", 40, False),
        ("logins", 5, False),
    ]
    assert data.meta == {"tier": "gold"}
    data = scene.data("identities.update_identity", identity=owner, meta={}, ratelimits=[])
    assert not data.meta and not data.ratelimits
    scene.refuse(400, "invalid_input", "identities.update_identity", identity=owner, ratelimits=[LIMIT, LIMIT])
    scene.refuse(404, "identity_not_found", "identities.update_identity", identity="nobody", meta={})


@checks("identities.delete_identity")
def delete_identity(scene):
    owner = scene.name()
    first = scene.sdk.identities.create_identity(external_id=owner).data
    scene.call("identities.delete_identity", identity=owner)
    scene.refuse(404, "identity_not_found", "identities.delete_identity", identity=owner)
    scene.invalid("body.identity", "identities.delete_identity", identity="")
    # The name is free again.
    assert scene.sdk.identities.create_identity(external_id=owner).data.identity_id != first.identity_id


def shown(limit):
    """A limit in a reply, spelt as in a request."""
    assert limit.id.startswith("rl_")
    return {"name": limit.name, "limit": limit.limit, "duration": limit.duration, "auto_apply": limit.auto_apply}
