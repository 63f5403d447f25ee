import Cryptography
import Domain
import ProtocolWire
import Testing

@testable import Registry

@Suite struct PermissionTests {
    private let workspace = WorkspaceReference(number: RowNumber(1), id: WorkspaceID("ws_1"))
    private let rule = Permission.anyOf("api.*.read_key", "api.{apiId}.read_key", "U(keyspaces/{ks}/keys/*#read_key)")

    @Test(
        "one of several strings is enough; a tuple is compared as it stands, a URN may be covered",
        arguments: [
            ("api.*.read_key", true), ("api.api_1.read_key", true), ("api.api_2.read_key", false), ("api.*.*", false),
            ("unkey:v1:ws_1:keyspaces/ks_1/keys/*#read_key", true), ("unkey:v1:ws_1:keyspaces/ks_1/**#read_key", true),
            ("unkey:v1:ws_1:keyspaces/ks_1/keys/key_1#read_key", false),
            ("unkey:v1:ws_2:keyspaces/ks_1/keys/*#read_key", false),
            ("*", true), ("unkey:v1:ws_1:**#*", true), ("unkey:v1:ws_2:**#*", false),
        ]
    )
    func alternatives(held: String, isEnough: Bool) {
        #expect(call([held], .after(rule, refusal: .forbidden)).mayShow(["apiId": "api_1", "ks": "ks_1"]) == isEnough)
    }

    @Test("a refusal names what would have been enough, joined as the rule is, and nothing that is held")
    func refusals() {
        let (one, two) = (Permission.anyOf("rbac.*.read_role"), Permission.anyOf("rbac.*.delete_role"))
        #expect(refusal(one, holding: ["api.*.read_api"]) == "Missing permission: 'rbac.*.read_role'")
        #expect(refusal(.anyOf("a.*.b", "a.1.b"), holding: []) == "Missing permission: 'a.*.b' or 'a.1.b'")
        #expect(refusal(.allOf(one, two), holding: ["rbac.*.read_role"]) == "Missing permission: 'rbac.*.delete_role'")
        #expect(refusal(.allOf(one, two), holding: ["rbac.*.delete_role"]) == "Missing permission: 'rbac.*.read_role'")
    }

    @Test("a masked refusal is what a missing thing answers, a forbidden one is 403")
    func masking() {
        let missing = Problem(.apiNotFound, "No such API.")
        let bindings: Bindings = ["apiId": "api_1", "ks": "ks_1"]
        #expect(throws: missing) { try call([], .after(rule, refusal: .masked)).require(bindings, else: missing) }
        do throws(Problem) {
            try call([], .after(rule, refusal: .forbidden)).require(bindings, else: missing)
            Issue.record("nothing was refused")
        } catch {
            #expect(error.kind == .insufficientPermissions)
        }
    }

    @Test("the operator is asked for nothing")
    func theOperator() throws {
        let call = Call(requestID: requestID(), time: .read(), caller: .operator, access: .before(rule))
        try call.require(rule, ["apiId": "api_1", "ks": "ks_1"])
        #expect(call.mayShow(["apiId": "api_1", "ks": "ks_1"]))
    }

    @Test("values of placeholders that look like patterns match nothing but themselves")
    func hostileValues() {
        let rule = Permission.anyOf("api.{apiId}.read_key")
        #expect(!call(["api.api_1.read_key"], .before(rule)).mayShow(["apiId": "*"]))
        #expect(!call(["api.api_1.read_key"], .before(rule)).mayShow(["apiId": "{apiId}"]))
    }

    private func call(_ held: [String], _ access: Access) -> Call {
        Call(requestID: requestID(), time: .read(), caller: .rootKey(principal(held)), access: access)
    }

    private func refusal(_ permission: Permission, holding held: [String]) -> String? {
        do throws(Problem) {
            try call(held, .before(permission)).require(permission)
            return nil
        } catch {
            return error.detail
        }
    }

    private func principal(_ held: [String]) -> Principal {
        Principal(
            number: RowNumber(1),
            id: RootKeyID("key_1"),
            workspace: workspace,
            permissions: PermissionSet(held, in: workspace.id),
            expires: nil,
            isEnabled: true
        )
    }

    private func requestID() -> RequestID {
        var random = FastRandom()
        return RequestID(using: &random)
    }
}
