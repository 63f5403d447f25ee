import Domain
import ProtocolWire
import Registry
import Store

// Refusals that more than one procedure gives. The same words everywhere, so that replies which must be alike are.

extension DeclaredError {
    static let workspaceNotFound = DeclaredError(.workspaceNotFound, "there is no such workspace")
    static let insufficientPermissions = DeclaredError(
        .insufficientPermissions,
        "the permission is missing; decided before anything is looked up"
    )
}

extension Problem {
    /// No such API: missing, deleted, or another workspace's, which are the same to the caller.
    static func noAPI(_ id: String) -> Problem {
        Problem(
            .apiNotFound,
            "No API '\(Fault.excerpt(of: id))' in this workspace. Check the identifier, or create one with apis.createApi."
        )
    }

    /// No such permission: missing, deleted, another workspace's, or hidden from the caller.
    static func noPermission(_ text: String) -> Problem {
        Problem(
            .permissionNotFound,
            "No permission '\(Fault.excerpt(of: text))' in this workspace. Check the identifier or the slug with "
                + "permissions.listPermissions."
        )
    }

    /// No such role: missing, deleted, another workspace's, or hidden from the caller.
    static func noRole(_ text: String) -> Problem {
        Problem(
            .roleNotFound,
            "No role '\(Fault.excerpt(of: text))' in this workspace. Check the identifier or the name with "
                + "permissions.listRoles."
        )
    }

    /// No such key: missing, deleted, another workspace's, or of a deleted API.
    static func noKey(_ id: String) -> Problem {
        Problem(
            .keyNotFound,
            "No key '\(Fault.excerpt(of: id))' in this workspace. Check the identifier with apis.listKeys, or look the key up by "
                + "its secret with keys.whoami."
        )
    }

    /// No such root key.
    static func noRootKey(_ id: String) -> Problem {
        Problem(
            .keyNotFound,
            "No root key '\(id.prefix(64))' in this workspace. Check the identifier with rootKeys.listKeys."
        )
    }
}

extension ReadTransaction {
    /// The workspace of a call, which existed a moment ago.
    func existing(_ workspace: WorkspaceReference) throws(Problem) -> WorkspaceRow {
        guard let row = try self.workspace(workspace.id) else {
            throw Problem(.workspaceNotFound, "The workspace has just been deleted.")
        }
        return row
    }

    func existingAPI(_ id: String, in workspace: WorkspaceReference) throws(Problem) -> APIRow {
        guard let row = try api(APIID(id), in: workspace) else { throw .noAPI(id) }
        return row
    }

    func existingRootKey(_ id: String, in workspace: WorkspaceReference) throws(Problem) -> RootKeyRow {
        guard let row = try rootKey(RootKeyID(id), in: workspace) else { throw .noRootKey(id) }
        return row
    }
}
