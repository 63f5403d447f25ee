import JSONSyntax
import ProtocolWire
import Testing

/// Which root keys may do what with a key.
@Suite struct KeyAccessTests {
    private let scene: KeyScene
    private let id: JSONValue
    private let secret: JSONValue

    init() throws {
        scene = try KeyScene()
        try scene.role("Role")
        try scene.data("permissions.createPermission", ["name": "a", "slug": "a"])
        (id, secret) = try scene.key(["credits": ["remaining": 5]])
    }

    /// A procedure on one key, the action of the permission that it needs, and the `rbac` parts that go with its tuples.
    private struct Subject {
        let method: String
        let params: JSONValue
        let action: String
        var parts: [String] = []
    }

    private var subjects: [Subject] {
        let (add, remove) = ("rbac.*.add_permission_to_key", "rbac.*.remove_permission_from_key")
        return [
            Subject(method: "keys.getKey", params: [:], action: "read_key"),
            Subject(method: "keys.updateKey", params: ["name": "x"], action: "update_key"),
            Subject(method: "keys.updateCredits", params: ["operation": "set", "value": 1], action: "update_key"),
            Subject(method: "keys.addPermissions", params: ["permissions": ["a"]], action: "update_key", parts: [add]),
            Subject(
                method: "keys.removePermissions",
                params: ["permissions": ["a"]],
                action: "update_key",
                parts: [remove]
            ),
            Subject(
                method: "keys.setPermissions",
                params: ["permissions": ["a"]],
                action: "update_key",
                parts: [add, remove]
            ),
            Subject(
                method: "keys.addRoles",
                params: ["roles": ["Role"]],
                action: "update_key",
                parts: ["rbac.*.add_role_to_key"]
            ),
            Subject(method: "keys.removeRoles", params: ["roles": ["Role"]], action: "update_key"),
            Subject(method: "keys.setRoles", params: ["roles": ["Role"]], action: "update_key"),
        ]
    }

    /// URNs about the key that cover an action.
    private func urns(_ action: String) -> [String] {
        let key = id.string ?? ""
        return [
            "keyspaces/\(scene.keyspace)/keys/\(key)", "keyspaces/*/keys/*", "keyspaces/\(scene.keyspace)/**", "**",
        ].map { scene.urn("\($0)#\(action)") }
    }

    @Test("a tuple for all APIs or for the key's own, with its rbac parts, or a URN that covers the key, is enough")
    func sufficient() throws {
        for subject in subjects {
            let tuples = ["api.*.\(subject.action)", "api.\(scene.api).\(subject.action)"].map { [$0] + subject.parts }
            for held in tuples + urns(subject.action).map({ [$0] }) {
                try scene.data(subject.method, subject.params.with("keyId", id), as: scene.holder(of: held))
            }
        }
    }

    @Test("anything less is a 403 that names what would do; the key is found first, so a missing one is a 404")
    func insufficient() throws {
        for subject in subjects {
            let tuple = "api.*.\(subject.action)"
            var held: [[String]] = [
                [], ["api.api_other.\(subject.action)"] + subject.parts, ["api.*.verify_key"] + subject.parts,
                subject.parts,
                ["api.*.*"], [scene.urn("keyspaces/\(scene.keyspace)/keys/key_other#\(subject.action)")],
                [scene.urn("keyspaces/\(scene.keyspace)#\(subject.action)")],
                [scene.urn("keyspaces/other/**#*")], [scene.urn("keyspaces/*/keys/*#verify_key")],
            ]
            held += subject.parts.map { part in [tuple] + subject.parts.filter { $0 != part } }
            for permissions in held {
                let holder = try scene.holder(of: permissions)
                let problem = try scene.cleanRefusal(subject.method, subject.params.with("keyId", id), as: holder)
                #expect(problem.kind == .insufficientPermissions, "\(subject.method) \(permissions)")
                #expect(problem.detail.hasPrefix("Missing permission: '"), "\(problem.detail)")
                #expect(permissions.allSatisfy { subject.parts.contains($0) || !problem.detail.contains("'\($0)'") })
                #expect(
                    try scene.refusal(subject.method, subject.params.with("keyId", "key_none"), as: holder).kind
                        == .keyNotFound
                )
            }
        }
    }

    @Test("another workspace's key is missing, whatever its caller holds, and so is a deleted API's")
    func missing() throws {
        let stranger = try scene.stranger()
        for subject in subjects {
            let params = subject.params.with("keyId", id)
            let problem = try scene.cleanRefusal(subject.method, params, as: stranger)
            #expect(problem.kind == .keyNotFound)
            try scene.data(subject.method, params)
        }
        let unknown = try scene.refusal("keys.getKey", ["keyId": id], as: stranger)
        try scene.data("apis.deleteApi", ["apiId": .string(scene.api)])
        let weak = try scene.holder(of: [])
        for key in [scene.root, weak] {
            for subject in subjects + others {
                let problem = try scene.cleanRefusal(subject.method, subject.params.with("keyId", id), as: key)
                #expect(problem.bytes == unknown.bytes, "\(subject.method)")
            }
        }
    }

    /// Those that change the key for good.
    private var others: [Subject] {
        [
            Subject(method: "keys.deleteKey", params: ["permanent": true], action: "delete_key"),
            Subject(method: "keys.rerollKey", params: ["expiration": 0], action: "create_key"),
        ]
    }

    @Test("deleteKey: the right to delete, by tuple or URN; no other right")
    func deleteKey() throws {
        for held in [
            "api.*.update_key", "api.api_other.delete_key", scene.urn("keyspaces/\(scene.keyspace)#delete_key"),
        ] {
            let problem = try scene.cleanRefusal("keys.deleteKey", ["keyId": id], as: scene.holder(of: [held]))
            #expect(problem.kind == .insufficientPermissions)
        }
        for held in ["api.*.delete_key", "api.\(scene.api).delete_key", scene.urn("keyspaces/*/keys/*#delete_key")] {
            try scene.data("keys.deleteKey", ["keyId": scene.key().id], as: scene.holder(of: [held]))
        }
        try scene.data("keys.deleteKey", ["keyId": id], as: scene.holder(of: [urns("delete_key")[0]]))
    }

    @Test(
        "createKey and rerollKey: the right to create keys of the API; for rerollKey the right to update is not enough"
    )
    func creating() throws {
        let params: JSONValue = ["apiId": .string(scene.api)]
        for held in [
            "api.*.create_key", "api.\(scene.api).create_key", scene.urn("keyspaces/\(scene.keyspace)#create_key"),
            scene.urn("keyspaces/*#create_key"),
        ] {
            let holder = try scene.holder(of: [held])
            try scene.data("keys.createKey", params, as: holder)
            try scene.data("keys.rerollKey", ["keyId": id, "expiration": .null], as: holder)
        }
        let unknown = try scene.cleanRefusal("keys.createKey", params, as: scene.stranger())
        for held in ["api.*.update_key", "api.api_other.create_key", scene.urn("keyspaces/*/keys/*#create_key")] {
            let holder = try scene.holder(of: [held])
            #expect(try scene.cleanRefusal("keys.createKey", params, as: holder).bytes == unknown.bytes)
            let problem = try scene.cleanRefusal("keys.rerollKey", ["keyId": id, "expiration": 0], as: holder)
            #expect(problem.kind == .insufficientPermissions && problem.detail.contains("api.*.create_key"))
        }
        try scene.data("apis.deleteApi", params)
        #expect(try scene.refusal("keys.createKey", params).bytes == unknown.bytes)
    }

    @Test("whoami: a missing permission is the 404 of an unknown secret, byte by byte; it names no permission")
    func whoami() throws {
        let nobody = try scene.refusal("keys.whoami", ["key": "nobody"])
        for held in ["api.*.update_key", "api.api_other.read_key", scene.urn("keyspaces/\(scene.keyspace)#read_key")] {
            #expect(
                try scene.refusal("keys.whoami", ["key": secret], as: scene.holder(of: [held])).bytes == nobody.bytes
            )
        }
        for held in ["api.*.read_key", "api.\(scene.api).read_key"] + urns("read_key") {
            #expect(try scene.data("keys.whoami", ["key": secret], as: scene.holder(of: [held]))["keyId"] == id)
        }
        #expect(nobody.kind == .keyNotFound && !nobody.detail.contains("permission"))
    }
}
