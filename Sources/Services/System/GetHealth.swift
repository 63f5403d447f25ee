import ProtocolWire
import Registry
import Store

/// `system.getHealth`: whether the daemon answers, and how it is.
enum GetHealth {
    static let procedure = Procedure(
        "system.getHealth",
        .get,
        summary: "Says that the daemon answers, and whether it can store changes.",
        sockets: [.api, .operator],
        access: .anyone,
        idempotency: .idempotent,
        parameters: .none,
        reply: Reply(
            .string("status", "`ok`, or `degraded` while changes cannot be stored.") {
                $0.isStoring ? "ok" : "degraded"
            },
            .string("version", "Version of the daemon.") { _ in Version.text },
            .integer("startedAt", "When the daemon started, Unix milliseconds.") { $0.startedAt.value }
        ),
        examples: [Example(data: #"{"status":"ok","version":"0.1.0","startedAt":1788000000000}"#)],
        lane: .hot { _, _, state in state.health }
    )
}
