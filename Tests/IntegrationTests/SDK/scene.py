"""What a check works with: callers of three kinds, and something to call with."""

import itertools

from unkey.py import Unkey, errors

# How the SDK tells a refusal by its status.
CLASSES = {
    400: errors.BadRequestErrorResponse,
    401: errors.UnauthorizedErrorResponse,
    403: errors.ForbiddenErrorResponse,
    404: errors.NotFoundErrorResponse,
    409: errors.ConflictErrorResponse,
    410: errors.GoneErrorResponse,
    412: errors.PreconditionFailedErrorResponse,
}

# Refusals that the SDK has no class for at that method, so that it raises its general error with the right status. Of
# delete_identity it knows none as application/json, although that is all that it accepts.
GENERAL = {
    ("apis.create_api", 409),
    ("apis.list_keys", 412),
    ("identities.delete_identity", 400),
    ("identities.delete_identity", 401),
    ("identities.delete_identity", 403),
    ("identities.delete_identity", 404),
    ("keys.create_key", 412),
    ("keys.get_key", 412),
    ("keys.verify_key", 412),
    ("permissions.delete_role", 404),
}

# Without any permission: what exists looks as if it did not.
MASKED = {
    "apis.list_keys": "api_not_found",
    "keys.create_key": "api_not_found",
    "keys.whoami": "key_not_found",
    "permissions.update_permission": "permission_not_found",
    "permissions.update_role": "role_not_found",
    "ratelimit.get_override": "ratelimit_override_not_found",
}

# Without any permission: a reply all the same, which shows nothing.
OPEN = {"keys.verify_key", "root_keys.list_keys"}


class Scene:
    """A workspace behind an adapter.

    `root_key` may do everything in it and `weak_root_key` nothing. There are a migration, an API whose keys can be
    recovered, one that is protected from deletion, and a namespace of rate limits that the operator has deleted.
    """

    def __init__(
        self,
        url,
        root_key,
        weak_root_key,
        migration_id,
        recoverable_api_id,
        protected_api_id,
        gone_namespace,
    ):
        self.url = url
        self.sdk = Unkey(root_key=root_key, server_url=url)
        self.weak = Unkey(root_key=weak_root_key, server_url=url)
        self.stranger = Unkey(root_key="latchkey_nobody", server_url=url)
        self.migration_id = migration_id
        self.recoverable_api_id = recoverable_api_id
        self.protected_api_id = protected_api_id
        self.gone_namespace = gone_namespace
        self.probed = set()
        self._numbers = itertools.count(1)

    # -- calls

    def call(self, method, **params):
        """Calls a method that has to succeed, once a stranger and a root key without permissions were refused it."""
        if method not in self.probed:
            self.probed.add(method)
            self.refuse(401, "key_not_found", method, by=self.stranger, **params)
            self._refuse_weak(method, params)
        return bound(self.sdk, method)(**params)

    def data(self, method, **params):
        return self.call(method, **params).data

    def refuse(self, status, code, method, by=None, **params):
        """Calls a method that has to be refused, and gives the error as the SDK's own exception tells it."""
        wanted = errors.APIError if (method, status) in GENERAL else CLASSES[status]
        try:
            bound(by or self.sdk, method)(**params)
        except wanted as error:
            reply = error.data if wanted is not errors.APIError else body(error)
            told = reply.error
            assert error.status_code == status, f"{method}: {error}"
            assert reply.meta.request_id.startswith("req_"), f"{method}: {error}"
            assert (told.status, told.type) == (status, f"urn:latchkey:error:{code}"), f"{method}: {error}"
            assert told.title and told.detail, f"{method}: {error}"
            return told
        raise AssertionError(f"{method} was not refused; {status} {code} was due")

    def invalid(self, location, method, **params):
        """Calls a method with one value that the schema does not take."""
        told = self.refuse(400, "invalid_input", method, **params)
        assert [fault.location for fault in told.errors] == [location], told.errors

    def walk(self, method, **params):
        """Every row of a list, page after page, and the number of pages."""
        page, rows, pages = self.call(method, **params), [], 0
        while page is not None:
            assert page.result.pagination.has_more == (page.result.pagination.cursor is not None)
            rows, pages = rows + page.result.data, pages + 1
            page = page.next()
        return rows, pages

    def _refuse_weak(self, method, params):
        if method in OPEN:
            bound(self.weak, method)(**params)
        elif method in MASKED:
            self.refuse(404, MASKED[method], method, by=self.weak, **params)
        else:
            self.refuse(403, "insufficient_permissions", method, by=self.weak, **params)

    # -- things

    def name(self):
        """A name that nothing has yet."""
        return f"sdk-{next(self._numbers)}"

    def slug(self):
        return f"{self.name()}.use"

    def api(self):
        return self.sdk.apis.create_api(name=self.name()).data.api_id

    def key(self, **settings):
        """A new key of an API of its own: `key_id` and `key`."""
        if "api_id" not in settings:
            settings["api_id"] = self.api()
        return self.sdk.keys.create_key(**settings).data

    def verdict(self, key):
        return self.sdk.keys.verify_key(key=key).data.code.value

    def role(self, permissions=()):
        """The name of a new role."""
        name = self.name()
        self.sdk.permissions.create_role(name=name, permissions=list(permissions))
        return name


def body(error):
    """What a general error came of, by the model that all errors share; those with status 400 have one member more."""
    is_fault = error.status_code == 400
    model = errors.BadRequestErrorResponseData if is_fault else errors.NotFoundErrorResponseData
    return model.model_validate_json(error.body)


def bound(sdk, method):
    service, _, name = method.partition(".")
    return getattr(getattr(sdk, service), name)
