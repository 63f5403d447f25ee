"""Checks of `permissions.*`."""

from coverage import checks


@checks("permissions.create_permission")
def create_permission(scene):
    slug = scene.slug()
    made = scene.data("permissions.create_permission", name="Use it", slug=slug, description="Any part of it")
    assert made.permission_id.startswith("perm_")
    told = scene.refuse(409, "permission_already_exists", "permissions.create_permission", name="x", slug=slug.upper())
    assert "already exists" in told.detail
    scene.invalid("body.slug", "permissions.create_permission", name="x", slug="no spaces")


@checks("permissions.get_permission")
def get_permission(scene):
    slug = scene.slug()
    made = scene.sdk.permissions.create_permission(name="Use it", slug=slug, description="é").data
    for permission in (made.permission_id, slug, slug.upper()):
        data = scene.data("permissions.get_permission", permission=permission)
        assert (data.id, data.name, data.slug, data.description) == (made.permission_id, "Use it", slug, "é")
    scene.refuse(404, "permission_not_found", "permissions.get_permission", permission="nothing")
    scene.invalid("body.permission", "permissions.get_permission", permission="")


@checks("permissions.list_permissions")
def list_permissions(scene):
    slug = scene.slug()
    made = [scene.sdk.permissions.create_permission(name="x", slug=f"{slug}.{number}").data for number in range(5)]
    rows, pages = scene.walk("permissions.list_permissions", search=slug, limit=2)
    assert [row.id for row in rows] == sorted(row.permission_id for row in made) and pages == 3
    scene.invalid("body.limit", "permissions.list_permissions", limit=101)


@checks("permissions.update_permission")
def update_permission(scene):
    slug, other = scene.slug(), scene.slug()
    made = scene.sdk.permissions.create_permission(name="Old", slug=slug, description="x").data
    scene.sdk.permissions.create_permission(name="Other", slug=other)
    data = scene.data("permissions.update_permission", permission=made.permission_id, name="New", description=None)
    assert (data.id, data.name, data.slug, data.description) == (made.permission_id, "New", slug, None)
    changing = "permissions.update_permission"
    scene.refuse(409, "permission_already_exists", changing, permission=slug, slug=other)
    scene.refuse(404, "permission_not_found", changing, permission="nothing", name="x")
    scene.invalid("body.name", changing, permission=slug, name="")


@checks("permissions.delete_permission")
def delete_permission(scene):
    slug = scene.slug()
    role = scene.role([slug])
    scene.call("permissions.delete_permission", permission=slug)
    scene.refuse(404, "permission_not_found", "permissions.delete_permission", permission=slug)
    assert not scene.sdk.permissions.get_role(role=role).data.permissions
    scene.invalid("body.permission", "permissions.delete_permission", permission="no spaces")


@checks("permissions.create_role")
def create_role(scene):
    name = scene.name()
    made = scene.data("permissions.create_role", name=name, description="Few", permissions=[scene.slug()])
    assert made.role_id.startswith("role_")
    scene.refuse(409, "role_already_exists", "permissions.create_role", name=name.upper())
    scene.invalid("body.permissions[0]", "permissions.create_role", name=scene.name(), permissions=["no spaces"])


@checks("permissions.get_role")
def get_role(scene):
    name, slug = scene.name(), scene.slug()
    made = scene.sdk.permissions.create_role(name=name, description="Few", permissions=[slug]).data
    for role in (made.role_id, name.upper()):
        data = scene.data("permissions.get_role", role=role)
        assert (data.id, data.name, data.description) == (made.role_id, name, "Few")
        assert slugs(data.permissions) == [slug]
    scene.refuse(404, "role_not_found", "permissions.get_role", role="nobody")
    scene.invalid("body.role", "permissions.get_role", role="")


@checks("permissions.list_roles")
def list_roles(scene):
    name, slug = scene.name(), scene.slug()
    create = scene.sdk.permissions.create_role
    made = [create(name=f"{name}.{number}", permissions=[slug]).data for number in range(5)]
    rows, pages = scene.walk("permissions.list_roles", search=name, limit=2)
    assert [row.id for row in rows] == sorted(row.role_id for row in made) and pages == 3
    assert all(slugs(row.permissions) == [slug] for row in rows)
    scene.invalid("body.limit", "permissions.list_roles", limit=0)


@checks("permissions.update_role")
def update_role(scene):
    name, other = scene.role(), scene.role()
    renamed = scene.name()
    data = scene.data("permissions.update_role", role=name, name=renamed, description="Few")
    assert (data.name, data.description) == (renamed, "Few")
    assert scene.data("permissions.update_role", role=renamed, description=None).description is None
    scene.refuse(409, "role_already_exists", "permissions.update_role", role=renamed, name=other)
    scene.refuse(404, "role_not_found", "permissions.update_role", role=name, name="x")
    scene.invalid("body.name", "permissions.update_role", role=renamed, name="")


@checks("permissions.delete_role")
def delete_role(scene):
    name = scene.role()
    made = scene.key(roles=[name])
    scene.call("permissions.delete_role", role=name)
    scene.refuse(404, "role_not_found", "permissions.delete_role", role=name)
    assert not scene.sdk.keys.get_key(key_id=made.key_id).data.roles
    scene.invalid("body.role", "permissions.delete_role", role="")


@checks("permissions.set_role_permissions")
def set_role_permissions(scene):
    name, kept, fresh = scene.role(["gone"]), scene.slug(), scene.slug()
    setting = "permissions.set_role_permissions"
    for _ in range(2):
        data = scene.data(setting, request={"role": name, "permissions": [fresh, kept, kept]})
        assert slugs(data) == sorted([kept, fresh])
    assert scene.data(setting, request={"role": name, "permissions": []}) == []
    scene.refuse(404, "role_not_found", setting, request={"role": "nobody", "permissions": []})
    scene.invalid("body.permissions[0]", setting, request={"role": name, "permissions": ["no spaces"]})


def slugs(permissions):
    return [permission.slug for permission in permissions or []]
