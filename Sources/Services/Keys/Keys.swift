import Domain
import ProtocolWire
import Registry
import Store

/// Keys that customers give out.
enum Keys {
    static let procedures = [
        CreateKey.procedure, GetKey.procedure, UpdateKey.procedure, DeleteKey.procedure, VerifyKey.procedure,
        WhoAmI.procedure, RerollKey.procedure, MigrateKeys.procedure, UpdateCredits.procedure, AddPermissions.procedure,
        RemovePermissions.procedure, SetPermissions.procedure, AddRoles.procedure, RemoveRoles.procedure,
        SetRoles.procedure,
    ]

    static let name = Shape.string(length: 1...255)
    static let prefix = Shape.string(length: 1...16, matching: .identifier)
    /// Unix milliseconds up to the year 2100.
    static let expires = Shape.integer(0...4_102_444_800_000)
    static let meta = Shape.object(membersMax: 100, bytesMax: 65_535)
    static let slugs = Shape.array(of: Permissions.slug, count: 0...1_000)
    static let someSlugs = Shape.array(of: Permissions.slug, count: 1...1_000)
    static let roleNames = Shape.array(of: Permissions.roleName, count: 0...100)
    static let someRoleNames = Shape.array(of: Permissions.roleName, count: 1...100)

    static let keyID = Field.required("keyId", .string(length: 3...255, matching: .identifier), "Key, `key_…`.")

    static let notFound = DeclaredError(
        .keyNotFound,
        "missing, deleted, another workspace's, or of a deleted API"
    )
    static let forbidden = DeclaredError(
        .insufficientPermissions,
        "the key exists, and the permission is missing"
    )
    static let unknownRole = DeclaredError(.roleNotFound, "a role does not exist; nothing is changed")

    /// What lets a root key do something with a key: with all keys, with those of its API, or with this one.
    static func permission(to action: String) -> Permission {
        .anyOf("api.*.\(action)", "api.{apiId}.\(action)", "U(keyspaces/{keyspaceId}/keys/{keyId}#\(action))")
    }

    /// The same without the one key, which a tuple cannot name.
    static func tuples(to action: String) -> Permission {
        .anyOf("api.*.\(action)", "api.{apiId}.\(action)")
    }

    /// What changes one key, alone.
    static let updateOne = Permission.leaf("U(keyspaces/{keyspaceId}/keys/{keyId}#update_key)")

    /// What makes a key of an API.
    static let create = Permission.anyOf(
        "api.*.create_key",
        "api.{apiId}.create_key",
        "U(keyspaces/{keyspaceId}#create_key)"
    )

    /// An object of a request as it is stored: an empty one is none.
    static func stored(_ meta: String?) -> String? {
        meta == "{}" ? nil : meta
    }
}

extension KeyRow {
    /// What stands for the placeholders of a rule about the key.
    var bindings: Bindings {
        ["apiId": apiID.text, "keyspaceId": keyspaceID.text, "keyId": id.text]
    }
}

extension APIRow {
    /// What stands for the placeholders of a rule about the keys of the API.
    var bindings: Bindings {
        ["apiId": id.text, "keyspaceId": keyspaceID.text]
    }
}

extension ReadTransaction {
    func existingKey(_ id: String, in workspace: WorkspaceReference) throws(Problem) -> KeyRow {
        guard let row = try key(KeyID(id), in: workspace) else { throw .noKey(id) }
        return row
    }

    /// The key that a call names, which its caller may act on.
    func key(_ id: String, of call: Call) throws(Problem) -> KeyRow {
        let row = try existingKey(id, in: call.workspace)
        try call.require(row.bindings, else: .noKey(id))
        return row
    }
}
