import Testing

@testable import Domain

private let workspace = WorkspaceID("ws_1")
private let base = "unkey:v1:ws_1:"

@Suite struct PermissionURNTests {
    @Test(
        "held against required: every row of the table",
        arguments: [
            ("keyspaces/ks_1/keys/key_1#read_key", "keyspaces/ks_1/keys/key_1#read_key", true),
            ("keyspaces/*/keys/*#read_key", "keyspaces/ks_1/keys/key_1#read_key", true),
            ("keyspaces/ks_1/**#read_key", "keyspaces/ks_1/keys/*#read_key", true),
            ("keyspaces/ks_1/keys/key_1#read_key", "keyspaces/ks_1/keys/*#read_key", false),
            ("keyspaces/*#read_key", "keyspaces/ks_1/keys/key_1#read_key", false),
            ("*#read", "rootKeys/key_1#read", false),
            ("*#read", "limits#read", true),
            ("**#read", "rootKeys/key_1#read", true),
            ("**#read", "limits#read", true),
            ("**#read", "rootKeys/key_1#write", false),
            ("**#*", "anything/at/all#decrypt", true),
            ("rootKeys/*#*", "rootKeys/key_1#read", false),
            ("a/**#read", "a#read", true),
            ("a/**#read", "b#read", false),
            ("a/*/**#read", "a#read", false),
        ]
    )
    func satisfies(held: String, required: String, isSatisfied: Bool) {
        #expect(PermissionSet([base + held], in: workspace).satisfies(base + required) == isSatisfied)
    }

    @Test("a permission on another workspace opens nothing, however wide it is", arguments: ["**#*", "limits#read"])
    func otherWorkspace(held: String) {
        let holder = PermissionSet(["unkey:v1:ws_2:" + held], in: workspace)
        #expect(!holder.satisfies(base + "limits#read"))
        #expect(!holder.isFullAccess)
    }

    @Test(
        "a text that breaks one rule of the grammar is no permission",
        arguments: [
            "", "#", "unkey:v1:ws_1:limits", "unkey:v1:ws_1:limits#read#write", "unkey:v1:ws_1#read",
            "unkey:v2:ws_1:limits#read",
            "Unkey:v1:ws_1:limits#read", "unkey:v1::limits#read", "unkey:v1:w/s:limits#read", "unkey:v1:ws_1:#read",
            "unkey:v1:ws_1:/limits#read", "unkey:v1:ws_1:limits/#read", "unkey:v1:ws_1:a//b#read",
            "unkey:v1:ws_1:a:b#read",
            "unkey:v1:ws_1:ks_*#read", "unkey:v1:ws_1:***#read", "unkey:v1:ws_1:**/a#read", "unkey:v1:ws_1:a/**/b#read",
            "unkey:v1:ws_1:limits#", "unkey:v1:ws_1:limits#a:b", "unkey:v1:ws_1:limits#a/b",
            "unkey:v1:ws_1:limits#_read",
            "unkey:v1:ws_1:limits#read_", "unkey:v1:ws_1:limits#*", "unkey:v1:ws_1:a/**#*", "unkey:v1:ws_1:**#re*",
            "unkey:v1:ws_1:**#**",
        ]
    )
    func grammar(text: String) {
        #expect(PermissionURN(text) == nil)
        #expect(!PermissionSet([text], in: workspace).satisfies(base + "limits#read"))
    }

    @Test("a text that Swift takes for equal, but is of other bytes, opens nothing")
    func kelvin() {
        let holder = PermissionSet([base + "rootKeys/\u{212A}ey#read", "api.\u{212A}.read_api"], in: workspace)
        #expect(!holder.satisfies(base + "rootKeys/Key#read"))
        #expect(!holder.satisfies("api.K.read_api"))
    }
}

@Suite struct PermissionSetTests {
    @Test("full access in both spellings satisfies every leaf, of both kinds", arguments: ["*", "unkey:v1:ws_1:**#*"])
    func fullAccess(text: String) {
        let holder = PermissionSet([text], in: workspace)
        #expect(holder.isFullAccess)
        #expect(holder.satisfies("api.*.create_api"))
        #expect(holder.satisfies(base + "rootKeys/key_1#delete"))
    }

    @Test(
        "a tuple leaf is satisfied by the equal string alone; no wildcard works",
        arguments: [
            "api.*.read_api", "api.*", "*.*.read_api", "api.api_1.*", "api.**.read_api", "api.api_1.READ_API",
            "unkey:v1:ws_1:**#read_api",
        ]
    )
    func tuples(held: String) {
        let holder = PermissionSet([held], in: workspace)
        #expect(!holder.satisfies("api.api_1.read_api"))
        #expect(PermissionSet(["api.api_1.read_api"], in: workspace).satisfies("api.api_1.read_api"))
    }

    @Test("strings are kept sorted by bytes, each once; two spellings of one accent are two strings")
    func canonical() {
        #expect(PermissionSet.canonical(["b", "a", "B", "b"]) == ["B", "a", "b"])
        #expect(PermissionSet.canonical(["\u{E9}", "e\u{301}"]).count == 2)
    }
}

@Suite struct GrantTests {
    private func isCovered(_ asked: String, by held: String...) throws -> Bool {
        try Grant(asked, in: workspace).isCovered(by: PermissionSet(held, in: workspace))
    }

    @Test(
        "the ceiling, pattern against pattern: every row of the table",
        arguments: [
            ("keyspaces/*/keys/*#read_key", "keyspaces/ks_1/keys/key_1#read_key", true),
            ("projects/p/**#decrypt", "projects/p/keyspaces/ks/keys/*#decrypt", true),
            ("projects/p/**#decrypt", "projects/*/keyspaces/*/keys/*#decrypt", false),
            ("keyspaces/ks_1/keys/key_1#read_key", "keyspaces/ks_1/keys/*#read_key", false),
            ("rootKeys/*#write", "rootKeys/*#read", false),
            ("projects/*#read", "projects/**#read", false),
            ("projects/**#read", "**#*", false),
            ("**#read", "**#*", false),
            ("projects/p/**#read", "projects/p#read", true),
            ("projects/p/**#read", "projects/p/**#read", true),
            ("projects/p/keyspaces/**#read", "projects/p/**#read", false),
            ("**#read", "projects/p/**#read", true),
        ]
    )
    func ceiling(held: String, asked: String, isGranted: Bool) throws {
        #expect(try isCovered(base + asked, by: base + held) == isGranted)
    }

    @Test("full access covers everything of its workspace; tuples and URNs never cover each other")
    func kinds() throws {
        #expect(try isCovered("rbac.*.create_role", by: base + "**#*"))
        #expect(try isCovered(base + "**#*", by: "*"))
        #expect(try isCovered("api.api_1.read_api", by: "api.*.read_api"))
        #expect(try !isCovered("api.*.read_api", by: "api.api_1.read_api"))
        #expect(try !isCovered("api.*.read_key", by: base + "**#read_key"))
        #expect(try !isCovered(base + "keyspaces/ks_1#create_key", by: "api.*.create_key"))
    }

    @Test("permissions of the caller are not added together")
    func noSum() throws {
        let asked = base + "keyspaces/*/keys/*#read_key"
        #expect(
            try !isCovered(asked, by: base + "keyspaces/ks_1/keys/*#read_key", base + "keyspaces/*/keys/key_1#read_key")
        )
    }

    @Test(
        "what cannot be granted at all",
        arguments: [
            "*", "unkey:v1:ws_2:rootKeys/*#read", base + "rootKeys/*#decrypt", base + "keyspaces/ks_*#create_key",
            base + "limits#read#write", base + "*#read", base + "limits/**#write", base + "rootKeys/a/**/b#read",
            base + "rootKeys/a/b/**#read", base + "nowhere#read", "api.*", "api.*.fly", "rbac.role_1.read_role",
            "identity.id_1.create_identity", "api.a-b.read_api", "workspace.ws_1.read_usage", "plain words", "",
        ]
    )
    func refused(text: String) {
        #expect(throws: Grant.Refusal.self) { try Grant(text, in: workspace) }
    }

    @Test(
        "every path of the catalogue can be granted, by identifier and by *",
        arguments: [
            "rootKeys/<>#read", "rootKeys/<>#write", "rootKeys/<>#delete", "limits#read", "usage#read",
            "keyspaces/<>#create_key", "keyspaces/<>#read_keyspace", "keyspaces/<>/keys/<>#read_key",
            "keyspaces/<>/keys/<>#update_key", "keyspaces/<>/keys/<>#delete_key", "keyspaces/<>/keys/<>#verify_key",
            "keyspaces/<>/keys/<>#encrypt_key", "keyspaces/<>/keys/<>#decrypt_key",
            "ratelimits/namespaces/<>/overrides/<>#read_override", "rbac/permissions/<>#create_permission",
            "projects/<>/identities/<>#read", "projects/<>/identities/<>#create_identity", "projects/<>#write",
            "projects/<>/keyspaces/<>#delete", "projects/<>/keyspaces/<>/logs#read",
            "projects/<>/keyspaces/<>/keys/<>#verify", "projects/<>/ratelimits/namespaces/<>#limit",
            "projects/<>/ratelimits/namespaces/<>/logs#read",
            "projects/<>/ratelimits/namespaces/<>/overrides/<>#delete",
            "projects/<>/rbac/roles/<>#write", "projects/<>/rbac/permissions/<>#write", "projects/**#verify",
            "**#limit",
            "keyspaces/<>/**#read_key", "**#*",
        ]
    )
    func catalogue(path: String) throws {
        for id in ["*", "x_1"] {
            _ = try Grant(
                base + path.split(separator: "<>", omittingEmptySubsequences: false).joined(separator: id),
                in: workspace
            )
        }
    }
}
