import ProtocolWire
import Registry
import Store

/// `workspaces.updateWorkspace`: name, switch and limits of a tenant.
enum UpdateWorkspace {
    static let procedure = Procedure(
        "workspaces.updateWorkspace",
        .update,
        summary: "Changes a workspace's name, switch and limits; the next request of its root keys sees it.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        changes: "the workspace, audit `workspace.update`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            .change("name", Workspaces.name, "The operator's label."),
            .change("enabled", .boolean, "Whether root keys of the workspace are accepted."),
            .patch("apiBillableOperationsCountMaxPerMonth", Workspaces.limit, "Operations a month; null = no limit."),
            .patch("apiRequestsCountMaxPerMinute", Workspaces.limit, "Calls a minute; null = no limit, 0 = none."),
            .patch("logsRetentionDaysMax", Workspaces.limit, "Days that analytics may look back; null = no limit."),
            .patch("logsAuditRetentionDaysMax", Workspaces.limit, "Days that audit rows are kept; null = for ever."),
            .patch("logdrainsMax", Workspaces.limit, "Log drains; null = no limit.")
        ),
        reply: Reply(Workspaces.members),
        errors: [.workspaceNotFound],
        examples: [Example(params: #"{"enabled":true}"#, data: Workspaces.example)],
        lane: .write { call, input, transaction throws(Problem) in
            let current = try transaction.existing(call.workspace)
            var row = current
            row.name = input.name.applied(toValue: row.name)
            row.isEnabled = input.isEnabled.applied(toValue: row.isEnabled)
            row.limits.operationsPerMonth = input.operationsPerMonth.applied(to: row.limits.operationsPerMonth)
            row.limits.requestsPerMinute = input.requestsPerMinute.applied(to: row.limits.requestsPerMinute)
            row.limits.logsRetentionDays = input.logsRetentionDays.applied(to: row.limits.logsRetentionDays)
            row.limits.auditRetentionDays = input.auditRetentionDays.applied(to: row.limits.auditRetentionDays)
            row.limits.logdrains = input.logdrains.applied(to: row.limits.logdrains)
            if !row.hasSameSettings(as: current) { try transaction.updateWorkspace(row) }
            return row
        }
    )

    struct Input: Sendable {
        let name: Patch<String>
        let isEnabled: Patch<Bool>
        let operationsPerMonth: Patch<Int>
        let requestsPerMinute: Patch<Int>
        let logsRetentionDays: Patch<Int>
        let auditRetentionDays: Patch<Int>
        let logdrains: Patch<Int>
    }
}
