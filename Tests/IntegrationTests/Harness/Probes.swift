import Testing

/// For each procedure of the API socket, parameters that name what there is, and names for what there is not: one line here,
/// and the masking tests have it.
enum Probes {
    typealias Line = @Sendable (Scene) throws -> Probe?

    static let table: [String: Line] = [
        "apis.createApi": { Probe(["name": try $0.nameOfAPI()], absent: ["name": $0.name()]) },
        "apis.deleteApi": { Probe(["apiId": try $0.api()], absent: ["apiId": noAPI]) },
        "apis.getApi": { Probe(["apiId": try $0.api()], absent: ["apiId": noAPI]) },
        "apis.listKeys": { scene in
            let (api, owner) = (try scene.api(), scene.name())
            try scene.caller.data("keys.createKey", ["apiId": api, "externalId": owner])
            return Probe(["apiId": api, "externalId": owner], absent: ["apiId": noAPI, "externalId": "nobody"])
        },
        "apis.updateApi": { Probe(["apiId": try $0.api(), "defaultPrefix": "eu"], absent: ["apiId": noAPI]) },

        "identities.createIdentity": { scene in
            let owner = scene.name()
            try scene.caller.data("identities.createIdentity", ["externalId": owner])
            return Probe(["externalId": owner], absent: ["externalId": scene.name()])
        },
        "identities.deleteIdentity": { Probe(["identity": try $0.identity()], absent: ["identity": "id_nothere00"]) },
        "identities.getIdentity": { Probe(["identity": try $0.identity()], absent: ["identity": "id_nothere00"]) },
        "identities.listIdentities": { Probe(["search": try $0.identity()], absent: ["search": "id_nothere00"]) },
        "identities.updateIdentity": {
            Probe(["identity": try $0.identity(), "meta": ["a": 1]], absent: ["identity": "id_nothere00"])
        },

        "keys.addPermissions": { scene in
            let params: JSON = ["keyId": try scene.keyID(), "permissions": [try scene.slugOfPermission()]]
            return Probe(params, absent: ["keyId": noKey, "permissions": [scene.slug()]])
        },
        "keys.addRoles": { scene in
            let params: JSON = ["keyId": try scene.keyID(), "roles": [try scene.roleName()]]
            return Probe(params, absent: ["keyId": noKey, "roles": ["nobody"]])
        },
        "keys.createKey": { scene in
            let params: JSON = ["apiId": try scene.api(), "roles": [try scene.roleName()]]
            return Probe(params, absent: ["apiId": noAPI, "roles": ["nobody"]])
        },
        "keys.deleteKey": { Probe(["keyId": try $0.keyID()], absent: ["keyId": noKey]) },
        "keys.getKey": { Probe(["keyId": try $0.keyID()], absent: ["keyId": noKey]) },
        "keys.migrateKeys": { scene in
            let params: JSON = [
                "apiId": try scene.api(), "migrationId": try scene.migration(), "keys": [["hash": scene.hash()]],
            ]
            return Probe(params, absent: ["apiId": noAPI, "migrationId": "migration_nothere00"])
        },
        "keys.removePermissions": { scene in
            let slug = scene.slug()
            let params: JSON = ["keyId": try scene.keyID(["permissions": [slug]]), "permissions": [slug]]
            return Probe(params, absent: ["keyId": noKey, "permissions": [scene.slug()]])
        },
        "keys.removeRoles": { scene in
            let role = try scene.roleName()
            let params: JSON = ["keyId": try scene.keyID(["roles": [role]]), "roles": [role]]
            return Probe(params, absent: ["keyId": noKey, "roles": ["nobody"]])
        },
        "keys.rerollKey": { Probe(["keyId": try $0.keyID(), "expiration": 0], absent: ["keyId": noKey]) },
        "keys.setPermissions": { scene in
            let params: JSON = ["keyId": try scene.keyID(), "permissions": [try scene.slugOfPermission()]]
            return Probe(params, absent: ["keyId": noKey, "permissions": [scene.slug()]])
        },
        "keys.setRoles": { scene in
            let params: JSON = ["keyId": try scene.keyID(), "roles": [try scene.roleName()]]
            return Probe(params, absent: ["keyId": noKey, "roles": ["nobody"]])
        },
        "keys.updateCredits": {
            Probe(["keyId": try $0.keyID(), "operation": "set", "value": 5], absent: ["keyId": noKey])
        },
        "keys.updateKey": { scene in
            let params: JSON = ["keyId": try scene.keyID(), "roles": [try scene.roleName()]]
            return Probe(params, absent: ["keyId": noKey, "roles": ["nobody"]])
        },
        "keys.verifyKey": { Probe(["key": try $0.key()["key"] ?? nil], absent: ["key": "nobody"]) },
        "keys.whoami": { Probe(["key": try $0.key()["key"] ?? nil], absent: ["key": "nobody"]) },

        "permissions.createPermission": {
            Probe(["name": "x", "slug": try $0.slugOfPermission()], absent: ["slug": $0.slug()])
        },
        "permissions.createRole": { Probe(["name": try $0.roleName()], absent: ["name": $0.name()]) },
        "permissions.deletePermission": {
            Probe(["permission": try $0.permission()], absent: ["permission": noPermission])
        },
        "permissions.deleteRole": { Probe(["role": try $0.role()], absent: ["role": noRole]) },
        "permissions.getPermission": {
            Probe(["permission": try $0.permission()], absent: ["permission": noPermission])
        },
        "permissions.getRole": { Probe(["role": try $0.role()], absent: ["role": noRole]) },
        "permissions.listPermissions": { Probe(["search": try $0.permission()], absent: ["search": noPermission]) },
        "permissions.listRoles": { Probe(["search": try $0.role()], absent: ["search": noRole]) },
        "permissions.setRolePermissions": { scene in
            let params: JSON = ["role": try scene.role(), "permissions": [try scene.slugOfPermission()]]
            return Probe(params, absent: ["role": noRole, "permissions": [scene.slug()]])
        },
        "permissions.updatePermission": { scene in
            let params: JSON = ["permission": try scene.permission(), "slug": try scene.slugOfPermission()]
            return Probe(params, absent: ["permission": noPermission, "slug": scene.slug()])
        },
        "permissions.updateRole": { scene in
            Probe(
                ["role": try scene.role(), "name": try scene.roleName()],
                absent: ["role": noRole, "name": scene.name()]
            )
        },

        "ratelimit.deleteOverride": { try override($0, [:]) },
        // What is masked is the override; a namespace that is not there is told to anybody (`ratelimit.md` §7).
        "ratelimit.getOverride": { scene in
            let namespace = try scene.override(for: "team_7")
            return Probe(["namespace": namespace, "identifier": "team_7"], absent: ["identifier": "nobody"])
        },
        "ratelimit.limit": { try override($0, ["limit": 3, "duration": 60_000]) },
        "ratelimit.listOverrides": { Probe(["namespace": try $0.namespace()], absent: ["namespace": $0.name()]) },
        "ratelimit.multiLimit": { scene in
            let item: JSON = ["identifier": "team_7", "limit": 3, "duration": 60_000]
            return Probe([item.with("namespace", try scene.namespace())], absent: ["namespace": scene.name()])
        },
        "ratelimit.setOverride": { try override($0, ["limit": 3, "duration": 60_000]) },

        // These name nothing.
        "rootKeys.createKey": { _ in nil },
        "rootKeys.deleteKey": { Probe(["keyId": try $0.rootKey()["keyId"] ?? nil], absent: ["keyId": noKey]) },
        "rootKeys.listKeys": { _ in nil },
        "rootKeys.rerollKey": {
            Probe(["keyId": try $0.rootKey()["keyId"] ?? nil, "expiration": 0], absent: ["keyId": noKey])
        },
        "rootKeys.updateKey": {
            Probe(["keyId": try $0.rootKey()["keyId"] ?? nil, "name": "x"], absent: ["keyId": noKey])
        },

        "system.getHealth": { _ in nil },
        "system.listProcedures": { _ in nil },
    ]

    /// About an override that there is, with more parameters.
    private static func override(_ scene: Scene, _ more: [String: JSON]) throws -> Probe {
        let place: [String: JSON] = ["namespace": try scene.namespace(), "identifier": "team_7"]
        let setting = place.merging(["limit": 5, "duration": 60_000]) { $1 }
        try scene.caller.data("ratelimit.setOverride", .object(setting))
        return Probe(
            .object(place.merging(more) { $1 }),
            absent: ["namespace": scene.name(), "identifier": "nobody"]
        )
    }

    private static let noAPI: JSON = "api_nothere00"
    private static let noKey: JSON = "key_nothere00"
    private static let noPermission: JSON = "perm_nothere00"
    private static let noRole: JSON = "role_nothere00"
}

/// A request about something that there is, and the same about something that there is not.
struct Probe {
    /// One name in it, exchanged for one that nothing has.
    struct Exchange {
        let member: String
        let present: JSON
        let absent: JSON
    }

    /// Parameters whose names all belong to something.
    let params: JSON
    /// Names to exchange; the first is what the procedure looks up first.
    let exchanges: [Exchange]

    init(_ params: JSON, absent: KeyValuePairs<String, JSON>) {
        self.params = params
        let names = params[0] ?? params
        exchanges = absent.map { Exchange(member: $0.key, present: names[$0.key] ?? nil, absent: $0.value) }
    }

    /// The parameters with the exchange made; in an array of them, in the first.
    func without(_ exchange: Exchange) -> JSON {
        guard let first = params[0] else { return params.with(exchange.member, exchange.absent) }
        return [first.with(exchange.member, exchange.absent)]
    }
}

extension Scene {
    /// The name of an API that there is.
    fileprivate func nameOfAPI() throws -> JSON {
        let name = name()
        try caller.data("apis.createApi", ["name": name])
        return name
    }

    /// The slug of a permission that there is.
    fileprivate func slugOfPermission() throws -> JSON {
        let slug = slug()
        try caller.data("permissions.createPermission", ["name": name(), "slug": slug])
        return slug
    }
}
