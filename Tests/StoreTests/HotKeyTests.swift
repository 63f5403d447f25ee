import Cryptography
import Domain
import Testing

@testable import Store

@Suite struct HotKeyTests {
    private let state = HotState(keysMax: 4, startedAt: UnixMilliseconds(0)) { row in
        Array(repeating: UInt8(ascii: " "), count: row.name?.utf8.count ?? 0)
    }

    @Test("a key counts once for each started 512 bytes of what replies show of it, and once if that is nothing")
    func rendered() {
        for (count, weight) in [(0, 1), (1, 1), (512, 1), (513, 2), (1_024, 2), (1_025, 3), (65_536, 128)] {
            #expect(key(row(1, rendered: count)).weight == weight, "\(count) bytes")
        }
    }

    @Test("its identity, its permissions and its limits count too")
    func detail() {
        let identity = IdentityRow(
            number: RowNumber(1),
            id: IdentityID("id_1"),
            externalID: "one",
            meta: String(repeating: "m", count: 1_048_576)
        )
        #expect(key(row(1, identity: identity)).weight == 2_049)
        var permitted = row(2)
        permitted.permissions = (0..<100).map { "permission.\($0)" }
        #expect(key(permitted).weight > 2)
        var limited = row(3)
        let setting = RatelimitSetting(
            name: String(repeating: "n", count: 600),
            limit: 1,
            durationMilliseconds: 1_000,
            isAutomatic: true
        )
        limited.ratelimits = [RatelimitRow(number: 1, id: RatelimitID("rl_1"), setting: setting)]
        #expect(key(limited).weight == 2)
    }

    @Test("memory is bounded by weight: of heavy keys fewer are kept, and the last one always is")
    func bound() {
        for number in 1...10 { fill(row(number)) }
        #expect(state.keyCount == 4)
        for number in 11...20 { fill(row(number, rendered: 1_000)) }
        #expect(state.keyCount == 2)
        fill(row(21, rendered: 65_536))
        #expect(state.keyCount == 1)
        guard case .present = state.key(row(21).hash) else {
            Issue.record("the key that was fetched is not there")
            return
        }
        for number in 22...25 { fill(row(number)) }
        #expect(state.keyCount == 4)
    }

    @Test("keys that wait for their use to be stored are bounded by weight, and one that is passed over comes again")
    func uses() {
        let keys = (1...3).map { key(row($0, rendered: 1_000)) }
        for key in keys { state.noteUse(of: key, at: UnixMilliseconds(1)) }
        #expect(state.takeKeyUses(most: 1).map(\.0.value) == [1])
        state.noteUse(of: keys[2], at: UnixMilliseconds(2))
        #expect(state.takeKeyUses(most: .max).map(\.0.value) == [2, 3])
        let heavy = key(row(4, rendered: 65_536))
        state.noteUse(of: heavy, at: UnixMilliseconds(3))
        #expect(state.takeKeyUses(most: .max).map(\.0.value) == [4])
    }

    private func fill(_ row: VerifiableKeyRow) { state.fill(key: row.hash, row) }

    private func key(_ row: VerifiableKeyRow) -> HotKey {
        let workspace = HotWorkspace(row.workspace, isEnabled: true, isDeleted: false)
        let api = HotAPI(id: row.apiID, keyspaceID: row.keyspaceID, allowedAddresses: nil, workspace: workspace)
        let rendered = Array(repeating: UInt8(ascii: " "), count: row.name?.utf8.count ?? 0)
        return HotKey.make(row, api: api, identity: row.identity.map { _ in HotIdentity() }, rendered: rendered)
    }

    private func row(_ number: Int, rendered count: Int = 0, identity: IdentityRow? = nil) -> VerifiableKeyRow {
        VerifiableKeyRow(
            hash: SHA256.hash("\(number)"),
            number: RowNumber(Int64(number)),
            id: KeyID("key_\(number)"),
            name: String(repeating: "n", count: count),
            meta: nil,
            isEnabled: true,
            expires: nil,
            api: RowNumber(1),
            apiID: APIID("api_1"),
            keyspaceID: KeyspaceID("ks_1"),
            allowedAddresses: nil,
            workspace: WorkspaceReference(number: RowNumber(1), id: WorkspaceID("ws_1")),
            isWorkspaceEnabled: true,
            linkedIdentity: identity?.number,
            identity: identity,
            credits: nil
        )
    }
}
