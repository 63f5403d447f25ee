import Cryptography
import Domain
import JSONSyntax
import ProtocolWire
import SQLite
import Testing

@testable import Store

@Suite struct StoredReplyRowTests {
    private static let day: Int64 = 24 * 60 * 60 * 1_000
    private let database: TemporaryDatabase

    init() throws {
        database = try TemporaryDatabase()
    }

    private var transaction: WriteTransaction { database.transaction }

    /// A claim as the dispatcher makes it from a frame.
    private func claim(
        _ key: String = "k",
        of rootKey: (number: Int64, secret: String)? = (1, "latchkey_secret"),
        _ method: String = "apis.createApi",
        _ params: String = "{}"
    ) throws -> IdempotencyClaim {
        let document = JSONDocument()
        let frame = Array(#"{"key":"\#(key)","secret":"\#(rootKey?.secret ?? "")","params":\#(params)}"#.utf8)
        return try frame.withUnsafeBytes { bytes in
            try document.parse(bytes)
            let (key, secret) = (document.root.member("key")?.text, document.root.member("secret")?.text)
            let owner = try rootKey.map { rootKey in
                IdempotencyClaim.Owner.rootKey(RowNumber(rootKey.number), secret: try #require(secret))
            }
            return IdempotencyClaim(
                key: try #require(key),
                owner: owner ?? .operator(secret: Array("operator".utf8)),
                method: method,
                params: try #require(document.root.member("params"))
            )
        }
    }

    private func store(_ claim: IdempotencyClaim, _ reply: String = "reply", at time: Int64 = 0) throws {
        try transaction.storeReply(Array(reply.utf8), claim, at: UnixMilliseconds(time))
    }

    private func replay(_ claim: IdempotencyClaim, at time: Int64 = 0) throws -> String? {
        try transaction.storedReply(claim, at: UnixMilliseconds(time)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func rowCount() throws -> Int64 {
        try database.connection.first(Query(uncached: "SELECT count(*) FROM idempotency_keys") { $0.integer(0) }) ?? 0
    }

    @Test(
        "order of members, white space and the spelling of numbers make no other request",
        arguments: [#"{ "b" : 1.0 , "a" : [ 2 ] }"#, #"{"a":[2],"b":1}"#, #"{"\u0062":10e-1,"a":[2e0]}"#]
    )
    func equalRequests(params: String) throws {
        try store(try claim("k", "apis.createApi", #"{"b":1,"a":[2]}"#))
        #expect(try replay(try claim("k", "apis.createApi", params)) == "reply")
    }

    private func claim(_ key: String, _ method: String, _ params: String) throws -> IdempotencyClaim {
        try claim(key, of: (1, "latchkey_secret"), method, params)
    }

    @Test("other parameters or another procedure are refused with 422, and what was stored stays")
    func mismatch() throws {
        try store(try claim("k", "apis.createApi", #"{"a":1}"#))
        for (method, params) in [
            ("apis.createApi", #"{"a":2}"#), ("apis.createApi", "{}"), ("apis.createApi", #"{"a":1,"b":null}"#),
            ("apis.updateApi", #"{"a":1}"#),
        ] {
            let problem = try #require(throws: Problem.self) { try replay(try claim("k", method, params)) }
            #expect(problem.kind == .idempotencyMismatch && problem.kind.status == 422)
        }
        #expect(try replay(try claim("k", "apis.createApi", #"{"a":1}"#)) == "reply")
    }

    @Test("another root key, the operator and another idempotency key find nothing")
    func owners() throws {
        try store(try claim())
        #expect(try replay(try claim("k", of: (2, "latchkey_secret"))) == nil)
        #expect(try replay(try claim("k", of: nil)) == nil)
        #expect(try replay(try claim("K")) == nil)
        #expect(try replay(try claim()) == "reply")
    }

    @Test("a row number that another root key has got does not open the reply")
    func anotherSecret() throws {
        try store(try claim("k", of: (1, "latchkey_secret")))
        let problem = try #require(throws: Problem.self) { try replay(try claim("k", of: (1, "latchkey_other"))) }
        #expect(problem.kind == .idempotencyMismatch)
        #expect(problem.detail.contains("cannot be opened"))
    }

    @Test("the stored reply is sealed: two of the same have nothing in common, and a changed byte opens nothing")
    func sealing() throws {
        let first = try claim("a")
        let reply = Array(#""data":{"key":"latchkey_3yZe7d"}"#.utf8)
        let (one, two) = (first.seal(reply, nonce: nonce(1)), first.seal(reply, nonce: nonce(2)))
        #expect(one.count == reply.count + ChaCha20Poly1305.tagBytes && one != two)
        #expect(first.open(one, nonce: nonce(1)) == reply)
        #expect(first.open(one, nonce: nonce(2)) == nil)
        for index in one.indices {
            var damaged = one
            damaged[index] ^= 1
            #expect(first.open(damaged, nonce: nonce(1)) == nil)
        }
        #expect(try claim("b").open(one, nonce: nonce(1)) == nil)
        #expect(try claim("a", of: (1, "other")).open(one, nonce: nonce(1)) == nil)
        #expect(try claim("a", "apis.createApi", "[]").open(one, nonce: nonce(1)) == nil)
        #expect(try claim("a", of: (2, "latchkey_secret")).open(one, nonce: nonce(1)) == reply)
    }

    private func nonce(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: ChaCha20Poly1305.nonceBytes) }

    @Test("a reply is there until 24 hours have passed, and not from then on; then the key is free for any request")
    func expiry() throws {
        try store(try claim(), at: 5)
        #expect(try replay(try claim(), at: 5 + Self.day - 1) == "reply")
        #expect(throws: Problem.self) { try replay(try claim("k", "apis.createApi", "[]"), at: 5 + Self.day - 1) }
        #expect(try replay(try claim("k", "apis.createApi", "[]"), at: 5 + Self.day) == nil)
        try store(try claim("k", "apis.createApi", "[]"), "second", at: 5 + Self.day)
        #expect(try replay(try claim("k", "apis.createApi", "[]"), at: 5 + Self.day) == "second")
        #expect(try rowCount() == 1)
    }

    @Test("a clock that was set back loses no reply")
    func clockSetBack() throws {
        try store(try claim(), at: 1_000)
        #expect(try replay(try claim(), at: -Self.day) == "reply")
    }

    @Test("purging takes the oldest first, only those of 24 hours, and no more at a time than it may")
    func purge() throws {
        for number in 0..<5 { try store(try claim("k\(number)"), at: Int64(number)) }
        try purge(at: Self.day - 1, most: 9, leaving: 5)
        try purge(at: Self.day, most: 9, leaving: 4)
        try purge(at: Self.day + 9, most: 3, leaving: 1)
        #expect(try replay(try claim("k4"), at: Self.day) == "reply")
        try purge(at: Self.day + 9, most: 1, leaving: 0)
        try purge(at: Self.day + 9, most: 1, leaving: 0)
    }

    private func purge(at time: Int64, most: Int, leaving count: Int64) throws {
        try transaction.purgeReplies(at: UnixMilliseconds(time), most: most)
        #expect(try rowCount() == count)
    }

    @Test("storing replies alone keeps the table from growing past a day's worth")
    func steadyState() throws {
        for number in 0..<20 { try store(try claim("k\(number)"), at: Int64(number)) }
        for number in 20..<40 { try store(try claim("k\(number)"), at: Self.day + Int64(number)) }
        #expect(try rowCount() == 20)
    }

    @Test("neither root key nor idempotency key nor reply is in the row, and no statement scans the table")
    func stored() throws {
        try store(try claim("my-idempotency-key"), #""data":{"key":"latchkey_3yZe7d"}"#, at: 0)
        _ = try replay(try claim("my-idempotency-key"))
        try transaction.purgeReplies(at: UnixMilliseconds(Self.day - 1), most: 1)
        let texts = try database.connection.all(
            Query(uncached: "SELECT hex(key_hash) || hex(request_hash) || hex(reply) FROM idempotency_keys") {
                $0.text(0)
            }
        )
        for secret in ["my-idempotency-key", "latchkey_secret", "latchkey_3yZe7d"] {
            let hexadecimal = secret.utf8.map { String($0, radix: 16, uppercase: true) }.joined()
            #expect(texts.count == 1 && !texts[0].contains(hexadecimal))
        }
        try transaction.purgeReplies(at: UnixMilliseconds(Self.day), most: 1)
        for sql in database.connection.preparedSQL where sql.contains("idempotency_keys") {
            // Two statements read the table from its beginning, and no further than a few rows.
            guard !sql.contains("ORDER BY number LIMIT") else { continue }
            for line in try database.connection.queryPlan(of: sql) {
                #expect(!line.hasPrefix("SCAN"), "\(line): \(sql)")
            }
        }
    }
}
