import Cryptography
import Domain
import Testing

@testable import Store

@Suite struct KeyUsesTests {
    private let state = HotState(keysMax: 4, startedAt: UnixMilliseconds(0)) { _ in [] }

    @Test("the uses that have waited longest are stored first, each key's last one once")
    func order() throws {
        let keys = try (1...4).map(key)
        for (key, time) in zip(keys, 1...) { use(key, at: Int64(time)) }
        #expect(take(most: 1) == [[1, 1]])
        use(keys[0], at: 5)
        use(keys[1], at: 6)
        #expect(take(most: 2) == [[2, 6], [3, 3]])
        #expect(take(most: .max) == [[4, 4], [1, 5]])
        #expect(take(most: .max) == [])
    }

    @Test("uses that wait are bounded, also those of keys that have left memory; one that is passed over comes again")
    func bound() throws {
        for number in 1...10 { use(try key(number), at: 1) }
        let late = try key(11)
        use(late, at: 2)
        #expect(take(most: .max).count == 4)
        use(late, at: 3)
        #expect(take(most: .max) == [[11, 3]])
    }

    private func use(_ key: HotKey, at time: Int64) { state.noteUse(of: key, at: UnixMilliseconds(time)) }

    private func take(most: Int) -> [[Int64]] {
        state.takeKeyUses(most: most).map { [$0.0.value, $0.1.value] }
    }

    private func key(_ number: Int) throws -> HotKey {
        let hash = SHA256.hash("\(number)")
        state.fill(key: hash, row(number, hash))
        guard case .present(let key) = state.key(hash) else { throw KeyIsMissing() }
        return key
    }

    private struct KeyIsMissing: Error {}

    private func row(_ number: Int, _ hash: KeyHash) -> VerifiableKeyRow {
        VerifiableKeyRow(
            hash: hash,
            number: RowNumber(Int64(number)),
            id: KeyID("key_\(number)"),
            name: nil,
            meta: nil,
            isEnabled: true,
            expires: nil,
            api: RowNumber(1),
            apiID: APIID("api_1"),
            keyspaceID: KeyspaceID("ks_1"),
            allowedAddresses: nil,
            workspace: WorkspaceReference(number: RowNumber(1), id: WorkspaceID("ws_1")),
            isWorkspaceEnabled: true,
            linkedIdentity: nil,
            identity: nil,
            credits: nil
        )
    }
}
