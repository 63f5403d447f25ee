import Synchronization
import Testing

/// A workspace in which procedures find something to work on, made fresh each time it is asked for.
final class Scene: Sendable {
    let daemon: DaemonProcess
    let tenant: Tenant
    /// A root key with full access.
    let caller: Client
    /// The operator.
    let desk: Client
    private let lastName = Mutex(0)

    init(_ daemon: DaemonProcess) throws {
        self.daemon = daemon
        tenant = try daemon.tenant()
        caller = try daemon.connect(tenant.rootKey)
        desk = try daemon.operate()
    }

    /// A name that nothing has yet.
    func name() -> JSON {
        .text("thing-\(lastName.withLock { $0 += 1; return $0 })")
    }

    /// A name that nothing has yet, as a permission.
    func slug() -> JSON { .text((name().text ?? "") + ".use") }

    func api() throws -> JSON {
        try made("apiId", caller.data("apis.createApi", ["name": name()]))
    }

    /// A key of an API of its own: `keyId` and `key`.
    func key() throws -> JSON {
        try caller.data("keys.createKey", ["apiId": api(), "name": name()])
    }

    func identity() throws -> JSON {
        try made("identityId", caller.data("identities.createIdentity", ["externalId": name()]))
    }

    func permission() throws -> JSON {
        try made("permissionId", caller.data("permissions.createPermission", ["name": name(), "slug": slug()]))
    }

    func role() throws -> JSON {
        try made("roleId", caller.data("permissions.createRole", ["name": name()]))
    }

    /// A root key with few permissions: `keyId` and `key`.
    func rootKey() throws -> JSON {
        try caller.data("rootKeys.createKey", ["permissions": ["api.*.read_api"], "name": name()])
    }

    func migration() throws -> JSON {
        let params: JSON = ["workspaceId": .text(tenant.workspace), "name": name(), "algorithm": "sha256"]
        return try made("migrationId", desk.data("migrations.createMigration", params))
    }

    /// Another workspace than the tenant's.
    func workspace() throws -> JSON {
        try made("workspaceId", desk.data("workspaces.createWorkspace", ["name": name()]))
    }

    private func made(_ name: String, _ data: JSON) throws -> JSON { try #require(data[name]) }
}
