import Cryptography
import Domain
import Testing

@testable import Store

@Suite struct HotStateTests {
    private let database: TemporaryDatabase
    private let workspace: WorkspaceReference
    private let api: APIRow
    private let state = HotState(keysMax: 100, startedAt: UnixMilliseconds(0)) { _ in [] }
    private let keyHash = SHA256.hash("secret")
    private let rootKeyHash = SHA256.hash("root")

    init() throws {
        database = try TemporaryDatabase()
        workspace = try database.transaction.insertWorkspace(named: "acme")
        let id = try database.transaction.insertAPI(named: "billing", in: workspace)
        api = try #require(try database.transaction.api(id, in: workspace))
        _ = try database.transaction.insertKey(.sample("secret", of: api), in: workspace)
        _ = try database.transaction.insertRootKey(.sample("root"), in: workspace, event: "rootKey.create")
        try fill()
    }

    private func fill() throws {
        state.fill(key: keyHash, try database.transaction.verifiableKey(keyHash))
        state.fill(rootKey: rootKeyHash, try database.transaction.credential(rootKeyHash))
    }

    private var known: [Bool] {
        var known = [false, false]
        if case .present = state.key(keyHash) { known[0] = true }
        if case .present = state.rootKey(rootKeyHash) { known[1] = true }
        return known
    }

    @Test("a change is seen by the next look-up, and what the database then says is current again")
    func invalidation() throws {
        let changes: [(Change, [Bool])] = [
            (.key(hash: keyHash), [false, true]),
            (.rootKey(hash: rootKeyHash), [true, false]),
            (.api(api.number), [false, true]),
            (.workspace(workspace.number), [false, false]),
            (.accessModel(workspace.number), [false, true]),
            (.accessModel(RowNumber(workspace.number.value + 1)), [true, true]),
        ]
        for (change, left) in changes {
            #expect(known == [true, true])
            state.apply(change)
            #expect(known == left, "\(change)")
            try fill()
            #expect(known == [true, true], "after \(change) and a fetch")
        }
    }

    @Test("that there is nothing is known for one turn only")
    func absence() {
        let nobody = SHA256.hash("nobody")
        state.fill(key: nobody, nil)
        state.fill(rootKey: nobody, nil)
        guard case .absent = state.key(nobody), case .absent = state.rootKey(nobody) else {
            Issue.record("what was fetched is not there")
            return
        }
        state.forgetAbsences()
        guard case .unknown = state.key(nobody), case .unknown = state.rootKey(nobody) else {
            Issue.record("an absence outlives its turn")
            return
        }
    }

    @Test("APIs and workspaces in memory are bounded, and what was read with forgotten ones is read again")
    func bound() throws {
        let state = HotState(keysMax: 4, startedAt: UnixMilliseconds(0)) { _ in [] }
        let transaction = database.transaction
        var hashes: [(key: KeyHash, rootKey: KeyHash)] = []
        for number in 1...9 {
            let workspace = try transaction.insertWorkspace(named: "w\(number)")
            let id = try transaction.insertAPI(named: "a", in: workspace)
            let api = try #require(try transaction.api(id, in: workspace))
            _ = try transaction.insertKey(.sample("k\(number)", of: api), in: workspace)
            _ = try transaction.insertRootKey(.sample("r\(number)"), in: workspace, event: "rootKey.create")
            hashes.append((SHA256.hash("k\(number)"), SHA256.hash("r\(number)")))
        }
        for hash in hashes {
            state.fill(rootKey: hash.rootKey, try transaction.credential(hash.rootKey))
            state.fill(key: hash.key, try transaction.verifiableKey(hash.key))
            #expect(state.placeCount <= 8)
            guard case .present(let key) = state.key(hash.key), case .present(let rootKey) = state.rootKey(hash.rootKey)
            else {
                Issue.record("what was fetched is not there")
                return
            }
            #expect(key.api.workspace === rootKey.workspace)
        }
        // Root keys have a bound of their own, so the first is there still, but not what it was read with.
        guard case .unknown = state.rootKey(hashes[0].rootKey) else {
            Issue.record("a root key of a forgotten workspace counts as current")
            return
        }
    }
}
