"""Checks of `apis.*`."""

from coverage import checks


@checks("apis.create_api")
def create_api(scene):
    name = scene.name()
    assert scene.data("apis.create_api", name=name).api_id.startswith("api_")
    told = scene.refuse(409, "api_already_exists", "apis.create_api", name=name)
    assert name in told.detail
    scene.invalid("body.name", "apis.create_api", name="")


@checks("apis.get_api")
def get_api(scene):
    name = scene.name()
    api_id = scene.sdk.apis.create_api(name=name).data.api_id
    data = scene.data("apis.get_api", api_id=api_id)
    assert (data.id, data.name) == (api_id, name)
    scene.refuse(404, "api_not_found", "apis.get_api", api_id="api_nothere00")
    scene.invalid("body.apiId", "apis.get_api", api_id="api/1")


@checks("apis.delete_api")
def delete_api(scene):
    made = scene.key()
    api_id = scene.api()
    scene.call("apis.delete_api", api_id=api_id)
    scene.refuse(404, "api_not_found", "apis.delete_api", api_id=api_id)
    assert scene.verdict(made.key) == "VALID"
    scene.refuse(412, "protected_resource", "apis.delete_api", api_id=scene.protected_api_id)
    scene.invalid("body.apiId", "apis.delete_api", api_id="")


@checks("apis.list_keys")
def list_keys(scene):
    api_id, owner = scene.api(), scene.name()
    made = [scene.key(api_id=api_id, external_id=owner if number % 2 else None).key_id for number in range(5)]
    rows, pages = scene.walk("apis.list_keys", api_id=api_id, limit=2)
    assert [row.key_id for row in rows] == sorted(made) and pages == 3
    rows, pages = scene.walk("apis.list_keys", api_id=api_id, external_id=owner)
    assert {row.key_id for row in rows} == set(made[1::2]) and pages == 1
    assert all(row.identity.external_id == owner for row in rows)
    scene.refuse(412, "precondition_failed", "apis.list_keys", api_id=api_id, decrypt=True)
    scene.refuse(404, "api_not_found", "apis.list_keys", api_id="api_nothere00")
    scene.invalid("body.limit", "apis.list_keys", api_id=api_id, limit=101)
    recoverable = scene.key(api_id=scene.recoverable_api_id, recoverable=True)
    rows, _ = scene.walk("apis.list_keys", api_id=scene.recoverable_api_id, decrypt=True)
    assert recoverable.key in [row.plaintext for row in rows]
