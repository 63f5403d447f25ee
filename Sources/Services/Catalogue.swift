public import Registry
public import Store

/// All procedures of Latchkey, by service.
///
/// A new one goes into its service's list, and nowhere else.
public enum Catalogue {
    /// The services' lists.
    public static let procedures =
        APIs.procedures + Identities.procedures + Keys.procedures + Migrations.procedures + Namespaces.procedures
        + Permissions.procedures + RootKeys.procedures + System.procedures + Trash.procedures + Workspaces.procedures

    /// What verdicts show of a key.
    public static let keyRendering: HotKeyRendering = { VerifyKey.members.bytes(of: $0) }

    /// The procedures, checked.
    ///
    /// A declaration that breaks the taxonomy is a mistake in the program, found by the first test that touches this.
    public static let registry: Registry = {
        do throws(TaxonomyViolation) {
            return try Registry(procedures)
        } catch {
            preconditionFailure("the procedure \(error)")
        }
    }()
}
