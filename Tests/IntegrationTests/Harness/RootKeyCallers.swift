import Foundation
import Testing

/// What tests of root keys have in common.
protocol RootKeyCallers {}

extension RootKeyCallers {
    /// A caller with these permissions in a tenant's workspace; `{ws}` stands for the workspace.
    func caller(
        _ permissions: [String],
        _ daemon: DaemonProcess,
        _ tenant: Tenant,
        expires: Int64? = nil
    ) throws -> Client {
        let texts = permissions.map { JSON.text($0.replacing("{ws}", with: tenant.workspace)) }
        let params: JSON = [
            "workspaceId": .text(tenant.workspace), "permissions": .list(texts),
            "expires": expires.map(JSON.integer) ?? .null,
        ]
        return try daemon.connect(try daemon.operate().data("rootKeys.createKey", params)["key"]?.text)
    }

    /// Unix milliseconds so far from now.
    func soon(_ milliseconds: Int64) -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) + milliseconds }
}
