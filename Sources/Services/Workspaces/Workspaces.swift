import Domain
import Registry
import Store

/// Tenants, managed by the operator.
enum Workspaces {
    static let procedures = [
        CreateWorkspace.procedure, GetWorkspace.procedure, ListWorkspaces.procedure, UpdateWorkspace.procedure,
        DeleteWorkspace.procedure,
    ]

    static let name = Shape.string(length: 1...255)
    static let limit = Shape.integer(0...ClosedRange.exact.upperBound)

    /// A workspace, as the procedures show it.
    static let members: [ReplyMember<WorkspaceRow>] = [
        .string("workspaceId", "Identifier, `ws_…`.") { $0.id.text },
        .string("name", "The operator's label.") { $0.name },
        .boolean("enabled", "Whether root keys of the workspace are accepted.") { $0.isEnabled },
        .integerOrNull("apiBillableOperationsCountMaxPerMonth", "Operations a month, for display; null = no limit.") {
            $0.limits.operationsPerMonth.map(Int64.init)
        },
        .integerOrNull("apiRequestsCountMaxPerMinute", "Calls a minute; null = no limit, 0 = none.") {
            $0.limits.requestsPerMinute.map(Int64.init)
        },
        .integerOrNull("logsRetentionDaysMax", "Days that analytics may look back; null = no limit.") {
            $0.limits.logsRetentionDays.map(Int64.init)
        },
        .integerOrNull("logsAuditRetentionDaysMax", "Days that audit rows are kept; null = for ever.") {
            $0.limits.auditRetentionDays.map(Int64.init)
        },
        .integerOrNull("logdrainsMax", "Log drains; null = no limit.") { $0.limits.logdrains.map(Int64.init) },
        .integer("createdAt", "When it was made, Unix milliseconds.") { $0.createdAt.value },
    ]

    static let example = """
        {"workspaceId":"ws_3fQz81LmK0","name":"acme","enabled":true,"apiBillableOperationsCountMaxPerMonth":null,\
        "apiRequestsCountMaxPerMinute":null,"logsRetentionDaysMax":365,"logsAuditRetentionDaysMax":90,"logdrainsMax":0,\
        "createdAt":1788000000000}
        """
}
