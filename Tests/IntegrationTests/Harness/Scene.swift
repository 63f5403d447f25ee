import Foundation
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

    /// A key of an API of its own, with more settings or not: `keyId` and `key`.
    func key(_ settings: [String: JSON] = [:]) throws -> JSON {
        let named: [String: JSON] = ["apiId": try api(), "name": name()]
        return try caller.data("keys.createKey", .object(named.merging(settings) { $1 }))
    }

    func keyID(_ settings: [String: JSON] = [:]) throws -> JSON { try made("keyId", key(settings)) }

    /// Limits of a key or an identity.
    func ratelimits() -> JSON { [["name": name(), "limit": 5, "duration": 60_000, "autoApply": true]] }

    /// A hash that no secret has, as it is taken over.
    func hash() -> JSON {
        .text(Data((0..<32).map { _ in UInt8.random(in: 0...UInt8.max) }).base64EncodedString())
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

    /// The name of a role.
    func roleName() throws -> JSON {
        let name = name()
        try caller.data("permissions.createRole", ["name": name])
        return name
    }

    /// A root key with few permissions: `keyId` and `key`.
    func rootKey() throws -> JSON {
        try caller.data("rootKeys.createKey", ["permissions": ["api.*.read_api"], "name": name()])
    }

    func migration() throws -> JSON {
        let params: JSON = ["workspaceId": .text(tenant.workspace), "name": name(), "algorithm": "sha256"]
        return try made("migrationId", desk.data("migrations.createMigration", params))
    }

    /// The name of a rate-limit namespace.
    func namespace() throws -> JSON {
        let name = name()
        try caller.data("ratelimit.limit", ["namespace": name, "identifier": "x", "limit": 1, "duration": 60_000])
        return name
    }

    /// The name of a rate-limit namespace with an override.
    func override(for identifier: JSON) throws -> JSON {
        let namespace = try namespace()
        let params: JSON = ["namespace": namespace, "identifier": identifier, "limit": 5, "duration": 60_000]
        try caller.data("ratelimit.setOverride", params)
        return namespace
    }

    /// Another workspace than the tenant's.
    func workspace() throws -> JSON {
        try made("workspaceId", desk.data("workspaces.createWorkspace", ["name": name()]))
    }

    private func made(_ name: String, _ data: JSON) throws -> JSON { try #require(data[name]) }
}
