import Domain
import ProtocolWire
import Registry
import Store

/// `trash.restoreItem`: a deleted thing is there again, with all that it had.
enum RestoreItem {
    static let procedure = Procedure(
        "trash.restoreItem",
        .domain(
            .restore,
            effects:
                "Takes the tombstone off: the thing is there again as it was, with the keys, limits and links that it had "
                + "and that have not gone otherwise since",
            onRepeat: "404; the thing is not among the deleted ones any more"
        ),
        summary: "Restores what was deleted less than 48 hours ago; the next request on any connection sees it.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        changes:
            "takes the tombstone away, audit `api.restore`, `key.restore`, `identity.restore` with `ratelimit.restore` "
            + "each, `role.restore` or `permission.restore`",
        parameters: Parameters(
            Input.init,
            .required("type", Trash.kind, "What kind of thing it is."),
            .required("id", .string(length: 3...255, matching: .identifier), "Identifier, as trash.listItems shows it.")
        ),
        reply: .empty,
        errors: [
            .workspaceNotFound,
            DeclaredError(.apiNotFound, "no such API is deleted: live, purged, never there, or another workspace's"),
            DeclaredError(.keyNotFound, "the same for a key"),
            DeclaredError(.identityNotFound, "the same for an identity"),
            DeclaredError(.roleNotFound, "the same for a role"),
            DeclaredError(.permissionNotFound, "the same for a permission"),
            DeclaredError(.preconditionFailed, "the API of the key is deleted, too"),
            DeclaredError(.apiAlreadyExists, "another API has the name now"),
            DeclaredError(.identityAlreadyExists, "another identity has the externalId now"),
            DeclaredError(.roleAlreadyExists, "another role has the name now, in any ASCII case"),
            DeclaredError(.permissionAlreadyExists, "another permission has the slug now, in any ASCII case"),
        ],
        examples: [Example(params: #"{"type":"api","id":"api_5kPq9XvTn0"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            switch input.kind {
            case .api: try restoreAPI(APIID(input.id), call.workspace, transaction)
            case .key: try restoreKey(KeyID(input.id), call.workspace, transaction)
            case .identity: try restoreIdentity(IdentityID(input.id), call.workspace, transaction)
            case .role: try restoreRole(RoleID(input.id), call.workspace, transaction)
            case .permission: try restorePermission(PermissionID(input.id), call.workspace, transaction)
            }
        }
    )

    struct Input: Sendable {
        let kind: TrashKind
        let id: String
    }

    private static func restoreAPI(
        _ id: APIID,
        _ workspace: WorkspaceReference,
        _ transaction: WriteTransaction
    ) throws(Problem) {
        guard let row = try transaction.deletedAPI(id, in: workspace) else {
            throw .notDeleted(.apiNotFound, "API", id)
        }
        if let other = try transaction.api(named: row.uniqueName, in: workspace) {
            throw Problem(
                .apiAlreadyExists,
                "The API \(other) has the name '\(row.uniqueName.prefix(64))' now. Delete that one first."
            )
        }
        try transaction.restore(row, in: workspace)
    }

    private static func restoreKey(
        _ id: KeyID,
        _ workspace: WorkspaceReference,
        _ transaction: WriteTransaction
    ) throws(Problem) {
        guard let row = try transaction.deletedKey(id, in: workspace) else {
            throw .notDeleted(.keyNotFound, "key", id)
        }
        if row.isAPIDeleted {
            throw Problem(
                .preconditionFailed,
                "The API \(row.apiID) of the key is deleted, too. Restore that first, as type api."
            )
        }
        try transaction.restore(row, in: workspace)
    }

    private static func restoreIdentity(
        _ id: IdentityID,
        _ workspace: WorkspaceReference,
        _ transaction: WriteTransaction
    ) throws(Problem) {
        guard let row = try transaction.deletedIdentity(id, in: workspace) else {
            throw .notDeleted(.identityNotFound, "identity", id)
        }
        if let other = try transaction.identity(externalID: row.uniqueName, in: workspace) {
            throw Problem(
                .identityAlreadyExists,
                "The identity \(other.id) has the externalId '\(Fault.excerpt(of: row.uniqueName))' now. Delete that one first."
            )
        }
        try transaction.restore(row, in: workspace)
    }

    private static func restoreRole(
        _ id: RoleID,
        _ workspace: WorkspaceReference,
        _ transaction: WriteTransaction
    ) throws(Problem) {
        guard let row = try transaction.deletedRole(id, in: workspace) else {
            throw .notDeleted(.roleNotFound, "role", id)
        }
        if let other = try transaction.role(named: row.uniqueName, in: workspace) {
            throw Problem(
                .roleAlreadyExists,
                "The role \(other.id) has the name '\(Fault.excerpt(of: row.uniqueName))' now. Rename or delete that one first."
            )
        }
        try transaction.restore(row, in: workspace)
    }

    private static func restorePermission(
        _ id: PermissionID,
        _ workspace: WorkspaceReference,
        _ transaction: WriteTransaction
    ) throws(Problem) {
        guard let row = try transaction.deletedPermission(id, in: workspace) else {
            throw .notDeleted(.permissionNotFound, "permission", id)
        }
        if let other = try transaction.permission(slug: row.uniqueName, in: workspace) {
            throw Problem(
                .permissionAlreadyExists,
                "The permission \(other.id) has the slug '\(Fault.excerpt(of: row.uniqueName))' now. Change its slug or delete "
                    + "it first."
            )
        }
        try transaction.restore(row, in: workspace)
    }
}

extension Problem {
    /// Nothing of that name can be restored: it is live, was purged or never there, or is another workspace's.
    fileprivate static func notDeleted<Kind>(_ kind: ErrorKind, _ word: String, _ id: Identifier<Kind>) -> Problem {
        Problem(
            kind,
            "No deleted \(word) '\(id.text.prefix(64))' can be restored in this workspace. See trash.listItems for those that can."
        )
    }
}
