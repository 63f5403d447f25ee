import Testing

/// A root key, a connection with it, and an API.
struct VerifyScene {
    /// A long window, so that no test sees its end.
    private static let month: JSON = 2_592_000_000

    let daemon: DaemonProcess
    let tenant: Tenant
    let client: Client
    let api: JSON

    init(_ daemon: DaemonProcess) throws {
        self.daemon = daemon
        tenant = try daemon.tenant()
        client = try daemon.connect(tenant.rootKey)
        api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])
    }

    func connect() throws -> Client { try daemon.connect(tenant.rootKey) }

    /// Issues a key: its identifier and its secret.
    func key(_ settings: [String: JSON] = [:]) throws -> (id: JSON, secret: JSON) {
        let made = try client.data("keys.createKey", .object(settings.merging(["apiId": api]) { $1 }))
        return (try #require(made["keyId"]), try #require(made["key"]))
    }

    func balance(_ id: JSON) throws -> Int64? {
        try client.data("keys.getKey", ["keyId": id])["credits"]?["remaining"]?.integer
    }

    /// A limit of a key or an identity.
    static func limit(_ name: String, _ limit: Int64, isAutomatic: Bool = true) -> JSON {
        [
            "name": .text(name), "limit": .integer(limit), "duration": month,
            "autoApply": .boolean(isAutomatic),
        ]
    }
}
