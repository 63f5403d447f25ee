import JSONSyntax
import ProtocolWire
import Testing

/// The permission query of a verification (`keys.md` §13.3).
@Suite struct VerifyQueryTests {
    @Test("AND binds tighter than OR, parentheses first, words in any case, white space of four kinds")
    func results() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["permissions": ["a", "b", "docs.*", "ANDROID"]])
        for query in [
            "a", " a ", "a AND b", "a and b", "a\tOr\r\nx", "x OR a AND b", "a OR x AND x", "(x OR a) AND b",
            "((((a))))", "docs.*", "ANDROID", "a AND (x OR (y OR b))",
        ] {
            #expect(try scene.code(key, ["permissions": .string(query)]) == "VALID", "\(query)")
        }
        for query in ["x", "A", "a AND x", "(a OR x) AND x", "docs.read", "*", "x OR y", "a AND b AND x", "ab"] {
            let code = try scene.code(key, ["permissions": .string(query)])
            #expect(code == "INSUFFICIENT_PERMISSIONS", "\(query)")
        }
    }

    @Test("permissions through roles count, and a key without any has none")
    func roles() throws {
        let scene = try VerifyScene()
        try scene.data("permissions.createRole", ["name": "Reader", "permissions": ["docs.read"]])
        let key = try scene.key(["roles": ["Reader"], "permissions": ["a"]])
        #expect(try scene.code(key, ["permissions": "docs.read AND a"]) == "VALID")
        #expect(try scene.code(scene.key(), ["permissions": "a"]) == "INSUFFICIENT_PERMISSIONS")
        try scene.data("permissions.setRolePermissions", ["role": "Reader", "permissions": []])
        #expect(try scene.code(key, ["permissions": "docs.read AND a"]) == "INSUFFICIENT_PERMISSIONS")
    }

    @Test(
        "a query that does not parse is a 400 at body.permissions that says where, counted from 0",
        arguments: [
            ("AND a", 0), ("a AND", 5), ("permission_1 AND ()", 18), ("(permission_1 AND permission_2", 30), ("a b", 2),
            (" ", 1), ("a & b", 2), ("a OR )", 5), ("é", 0), ("a,b", 1), ("(", 1), (")", 0), ("a)", 1), ("(a b)", 3),
            ("a AND OR b", 6), ("a OR é", 5),
        ]
    )
    func syntax(query: String, offset: Int) throws {
        let scene = try VerifyScene()
        let problem = try scene.refusal(scene.key().secret, ["permissions": .string(query)])
        #expect(problem.kind == .permissionQuerySyntax)
        #expect(problem.faults.map(\.location) == ["body.permissions"])
        #expect(problem.faults.first?.message.contains("offset \(offset)") == true, "\(problem)")
        #expect(problem.faults.first?.fix?.isEmpty == false)
        #expect(problem.detail.contains("offset \(offset)"))
    }

    @Test("a query of a thousand characters nests as deep as they allow")
    func depth() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["permissions": ["a"]])
        let nested = String(repeating: "(", count: 499) + "a" + String(repeating: ")", count: 499)
        #expect(try scene.code(key, ["permissions": .string(nested)]) == "VALID")
        let open = String(repeating: "(", count: 1_000)
        let problem = try scene.refusal(key.secret, ["permissions": .string(open)])
        #expect(problem.faults.first?.message.contains("offset 1000") == true)
        let wide = Array(repeating: "x", count: 199).joined(separator: " OR ") + " OR a"
        #expect(try scene.code(key, ["permissions": .string(wide)]) == "VALID")
    }
}
