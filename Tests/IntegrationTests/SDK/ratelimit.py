"""Checks of `ratelimit.*`."""

from coverage import checks

MINUTE = 60_000


def first_use(scene):
    """The name of a new namespace; it is made by its first use."""
    name = scene.name()
    scene.sdk.ratelimit.limit(namespace=name, identifier="first", limit=1, duration=MINUTE)
    return name


def asked(scene, **settings):
    return {"namespace": scene.name(), "identifier": "team_7", "limit": 3, "duration": MINUTE, **settings}


@checks("ratelimit.limit")
def limit(scene):
    request = asked(scene)
    outcomes = [scene.data("ratelimit.limit", **request) for _ in range(4)]
    # A window may end between two calls, and then begins anew; nobody gets more than the limit in one.
    assert outcomes[0].success and outcomes[0].limit == 3 and outcomes[0].remaining == 2
    assert outcomes[0].reset % MINUTE == 0 and outcomes[0].override_id is None
    denied = scene.data("ratelimit.limit", **{**request, "identifier": "other", "cost": 4})
    assert (denied.success, denied.remaining) == (False, 0)
    huge = scene.data("ratelimit.limit", **{**request, "limit": 2**63 - 1, "cost": 0})
    assert huge.limit == 2**63 - 1
    scene.refuse(410, "ratelimit_namespace_gone", "ratelimit.limit", **{**request, "namespace": scene.gone_namespace})
    scene.invalid("body.duration", "ratelimit.limit", **{**request, "duration": 999})


@checks("ratelimit.multi_limit")
def multi_limit(scene):
    fits, exceeds = asked(scene), asked(scene, cost=4)
    data = scene.data("ratelimit.multi_limit", request=[fits, exceeds])
    assert data.passed is False and [item.passed for item in data.limits] == [True, False]
    assert [item.namespace for item in data.limits] == [fits["namespace"], exceeds["namespace"]]
    assert [item.remaining for item in data.limits] == [3, 0]
    assert scene.data("ratelimit.multi_limit", request=[fits]).passed
    gone = asked(scene, namespace=scene.gone_namespace)
    scene.refuse(410, "ratelimit_namespace_gone", "ratelimit.multi_limit", request=[gone])
    scene.invalid("body", "ratelimit.multi_limit", request=[])
    scene.invalid("body[1].limit", "ratelimit.multi_limit", request=[fits, {**fits, "limit": 0}])


@checks("ratelimit.set_override")
def set_override(scene):
    override = {"namespace": first_use(scene), "identifier": "team_*", "limit": 50, "duration": MINUTE}
    made = scene.data("ratelimit.set_override", **override)
    assert made.override_id.startswith("rlor_")
    assert scene.data("ratelimit.set_override", **override).override_id == made.override_id
    applied = scene.sdk.ratelimit.limit(**asked(scene, namespace=override["namespace"])).data
    assert (applied.limit, applied.override_id) == (50, made.override_id)
    unknown = {**override, "namespace": scene.name()}
    scene.refuse(404, "ratelimit_namespace_not_found", "ratelimit.set_override", **unknown)
    scene.invalid("body.limit", "ratelimit.set_override", **{**override, "limit": -1})


@checks("ratelimit.get_override")
def get_override(scene):
    place = {"namespace": first_use(scene), "identifier": "team_*"}
    made = scene.sdk.ratelimit.set_override(**place, limit=0, duration=2**63 - 1).data
    data = scene.data("ratelimit.get_override", **place)
    assert (data.override_id, data.identifier) == (made.override_id, "team_*")
    assert (data.limit, data.duration) == (0, 2**63 - 1)
    unknown = {**place, "identifier": "team_7"}
    scene.refuse(404, "ratelimit_override_not_found", "ratelimit.get_override", **unknown)
    scene.invalid("body.identifier", "ratelimit.get_override", **{**place, "identifier": ""})


@checks("ratelimit.list_overrides")
def list_overrides(scene):
    namespace = first_use(scene)
    create = scene.sdk.ratelimit.set_override
    made = [create(namespace=namespace, identifier=f"team_{n}", limit=n, duration=MINUTE).data for n in range(5)]
    rows, pages = scene.walk("ratelimit.list_overrides", namespace=namespace, limit=2)
    assert [row.override_id for row in rows] == sorted(row.override_id for row in made) and pages == 3
    unknown = scene.name()
    scene.refuse(404, "ratelimit_namespace_not_found", "ratelimit.list_overrides", namespace=unknown)
    scene.invalid("body.limit", "ratelimit.list_overrides", namespace=namespace, limit=101)


@checks("ratelimit.delete_override")
def delete_override(scene):
    place = {"namespace": first_use(scene), "identifier": "team_7"}
    scene.sdk.ratelimit.set_override(**place, limit=5, duration=MINUTE)
    scene.call("ratelimit.delete_override", **place)
    scene.refuse(404, "ratelimit_override_not_found", "ratelimit.delete_override", **place)
    scene.invalid("body.namespace", "ratelimit.delete_override", **{**place, "namespace": ""})
