import Testing

/// For each procedure, parameters with which it succeeds: one line here, and the generic tests have it.
///
/// The line of an update sets everything that it can, to another value than a new thing has.
/// Each call of a line makes what it names, so no two give the same parameters unless there is nothing to name.
enum Samples {
    typealias Sample = @Sendable (Scene) throws -> JSON

    private static let table: [String: Sample] = [
        "apis.createApi": { ["name": $0.name()] },
        "apis.deleteApi": { ["apiId": try $0.api()] },
        "apis.getApi": { ["apiId": try $0.api()] },
        "apis.listKeys": { ["apiId": try $0.api()] },
        "apis.updateApi": {
            [
                "apiId": try $0.api(), "deleteProtection": true, "ipAllowlist": ["192.0.2.7"], "defaultPrefix": "eu",
                "defaultByteLength": 32, "keyRecovery": true,
            ]
        },

        "identities.createIdentity": { ["externalId": $0.name(), "meta": ["tier": "gold"]] },
        "identities.deleteIdentity": { ["identity": try $0.identity()] },
        "identities.getIdentity": { ["identity": try $0.identity()] },
        "identities.listIdentities": { ["search": $0.name()] },
        "identities.updateIdentity": {
            ["identity": try $0.identity(), "meta": ["tier": "silver"], "ratelimits": $0.ratelimits()]
        },

        "keys.addPermissions": { ["keyId": try $0.keyID(), "permissions": [$0.slug()]] },
        "keys.addRoles": { ["keyId": try $0.keyID(), "roles": [try $0.roleName()]] },
        "keys.createKey": { ["apiId": try $0.api(), "name": $0.name(), "meta": ["plan": "pro"]] },
        "keys.deleteKey": { ["keyId": try $0.keyID()] },
        "keys.getKey": { ["keyId": try $0.keyID()] },
        "keys.migrateKeys": {
            ["migrationId": try $0.migration(), "apiId": try $0.api(), "keys": [["hash": $0.hash()]]]
        },
        "keys.removePermissions": { ["keyId": try $0.keyID(["permissions": ["go"]]), "permissions": ["go"]] },
        "keys.removeRoles": { scene in
            let role = try scene.roleName()
            return ["keyId": try scene.keyID(["roles": [role]]), "roles": [role]]
        },
        "keys.rerollKey": { ["keyId": try $0.keyID(), "expiration": 0] },
        "keys.setPermissions": { ["keyId": try $0.keyID(), "permissions": [$0.slug()]] },
        "keys.setRoles": { ["keyId": try $0.keyID(), "roles": [try $0.roleName()]] },
        "keys.updateCredits": { ["keyId": try $0.keyID(), "operation": "set", "value": 5] },
        "keys.updateKey": {
            [
                "keyId": try $0.keyID(), "name": $0.name(), "externalId": $0.name(), "meta": ["plan": "pro"],
                "expires": 4_102_444_800_000, "enabled": false, "credits": ["remaining": 5],
                "ratelimits": $0.ratelimits(), "permissions": [$0.slug()], "roles": [try $0.roleName()],
            ]
        },
        "keys.verifyKey": { ["key": try #require(try $0.key(["credits": ["remaining": 50]])["key"])] },
        "keys.whoami": { ["key": try #require(try $0.key()["key"])] },

        "migrations.createMigration": { ["name": $0.name(), "algorithm": "sha256"] },
        "migrations.deleteMigration": { ["migrationId": try $0.migration()] },
        "migrations.getMigration": { ["migrationId": try $0.migration()] },
        "migrations.listMigrations": { _ in ["limit": 10] },

        "permissions.createPermission": { ["name": $0.name(), "slug": $0.slug()] },
        "permissions.createRole": { ["name": $0.name(), "permissions": [$0.slug()]] },
        "permissions.deletePermission": { ["permission": try $0.permission()] },
        "permissions.deleteRole": { ["role": try $0.role()] },
        "permissions.getPermission": { ["permission": try $0.permission()] },
        "permissions.getRole": { ["role": try $0.role()] },
        "permissions.listPermissions": { ["search": $0.name()] },
        "permissions.listRoles": { ["search": $0.name()] },
        "permissions.setRolePermissions": { ["role": try $0.role(), "permissions": [$0.slug()]] },
        "permissions.updatePermission": {
            ["permission": try $0.permission(), "name": $0.name(), "slug": $0.slug(), "description": "Use it."]
        },
        "permissions.updateRole": { ["role": try $0.role(), "name": $0.name(), "description": "May do a lot."] },

        "ratelimit.deleteNamespace": { ["namespace": try $0.namespace()] },
        "ratelimit.deleteOverride": { ["namespace": try $0.override(for: "a*"), "identifier": "a*"] },
        "ratelimit.getOverride": { ["namespace": try $0.override(for: "a*"), "identifier": "a*"] },
        "ratelimit.limit": { ["namespace": $0.name(), "identifier": "a", "limit": 5, "duration": 60_000] },
        "ratelimit.listOverrides": { ["namespace": try $0.namespace()] },
        "ratelimit.multiLimit": { [["namespace": $0.name(), "identifier": "a", "limit": 5, "duration": 60_000]] },
        "ratelimit.setOverride": {
            ["namespace": try $0.namespace(), "identifier": $0.name(), "limit": 5, "duration": 60_000]
        },

        "rootKeys.createKey": { ["permissions": ["api.*.read_api"], "name": $0.name()] },
        "rootKeys.deleteKey": { ["keyId": try #require(try $0.rootKey()["keyId"])] },
        "rootKeys.listKeys": { _ in ["limit": 10] },
        "rootKeys.rerollKey": { ["keyId": try #require(try $0.rootKey()["keyId"]), "expiration": 0] },
        "rootKeys.updateKey": {
            [
                "keyId": try #require(try $0.rootKey()["keyId"]), "name": $0.name(), "enabled": false,
                "permissions": ["api.*.create_api"],
            ]
        },

        "system.getHealth": { _ in [:] },
        "system.listProcedures": { _ in [:] },

        "trash.listItems": { _ in ["limit": 10] },
        "trash.restoreItem": { scene in
            let api = try scene.api()
            try scene.caller.data("apis.deleteApi", ["apiId": api])
            return ["type": "api", "id": api]
        },

        "workspaces.createWorkspace": { ["name": $0.name()] },
        "workspaces.deleteWorkspace": { ["workspaceId": try $0.workspace()] },
        "workspaces.getWorkspace": { ["workspaceId": try $0.workspace()] },
        "workspaces.listWorkspaces": { _ in ["limit": 10] },
        "workspaces.updateWorkspace": {
            [
                "workspaceId": try $0.workspace(), "name": $0.name(), "enabled": false,
                "apiBillableOperationsCountMaxPerMonth": 1, "apiRequestsCountMaxPerMinute": 2,
                "logsRetentionDaysMax": 3, "logsAuditRetentionDaysMax": 4, "logdrainsMax": 5,
            ]
        },
    ]

    /// Every procedure, on each socket that has it.
    static func procedures(in scene: Scene) throws -> [SampledProcedure] {
        try [(scene.daemon.socket, scene.caller), (scene.daemon.operatorSocket, scene.desk)].flatMap { socket, client in
            try Contract.list(on: socket).map { declaration in
                let method = try #require(declaration["method"]?.text)
                let sample = try #require(table[method], "\(method) has no line in Samples")
                return SampledProcedure(method: method, declaration: declaration, client: client, scene, sample)
            }
        }
    }

    /// Lines of procedures that there are no more.
    static func outdated(in scene: Scene) throws -> [String] {
        let methods = try procedures(in: scene).map(\.method)
        return table.keys.filter { !methods.contains($0) }.sorted()
    }
}

/// A procedure on one socket, with parameters to call it with.
struct SampledProcedure: CustomStringConvertible, Sendable {
    let method: String
    /// What `system.listProcedures` says of it.
    let declaration: JSON
    /// A caller that may do everything.
    let client: Client
    private let scene: Scene
    private let sample: Samples.Sample

    init(method: String, declaration: JSON, client: Client, _ scene: Scene, _ sample: @escaping Samples.Sample) {
        self.method = method
        self.declaration = declaration
        self.client = client
        self.scene = scene
        self.sample = sample
    }

    var description: String { isOnOperatorSocket ? "\(method) as the operator" : method }
    var verb: String { declaration["verb"]?.text ?? "" }
    /// What the same once more is answered.
    var answerToRepeat: String { declaration["contract"]?["repeat"]?.text ?? "" }
    /// The code of the error, where that is refused.
    var refusalOfRepeat: String? { declaration["contract"]?["refusal"]?.text }
    /// The members of its parameters, by name.
    var members: [String: JSON] { declaration["parameters"]?["properties"]?.object ?? [:] }
    var required: Set<String> { Set((declaration["parameters"]?["required"]?.list ?? []).compactMap(\.text)) }
    /// Whether it says that it changes anything.
    var isChanging: Bool { declaration["changes"] != "nothing" }
    var isOnOperatorSocket: Bool { client.auth == nil }

    /// Parameters that succeed once at least.
    func params() throws -> JSON { inWorkspace(.text(scene.tenant.workspace), try sample(scene)) }

    /// Parameters that the schema takes, and that name things there are not.
    func misses() -> JSON { inWorkspace("ws_nothere00", declaration["examples"]?[0]?["params"] ?? [:]) }

    func call(_ params: JSON) throws -> Reply { try client.call(method, params) }

    /// A connection of its own for the same caller.
    func connect() throws -> Client {
        isOnOperatorSocket ? try scene.daemon.operate() : try scene.daemon.connect(client.auth)
    }

    /// On the operator socket the workspace is a parameter.
    private func inWorkspace(_ workspace: JSON, _ params: JSON) -> JSON {
        guard params["workspaceId"] == nil, declaration["parameters"]?["properties"]?["workspaceId"] != nil else {
            return params
        }
        return params.with("workspaceId", workspace)
    }
}
