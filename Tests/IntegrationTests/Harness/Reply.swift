import Testing

/// A reply, after its envelope has been held against `reference/conventions.md` §2.
struct Reply: Sendable {
    let id: JSON?
    let requestID: String
    let data: JSON?
    let pagination: JSON?
    let error: JSON?
    /// Whether it is the reply to an earlier request with the same idempotency key.
    let isReplayed: Bool
    /// Where the caller's workspace stands, if it has a quota.
    let quota: JSON?

    init(_ json: JSON) throws {
        let members = try #require(json.object, "a reply is an object")
        id = members["id"]
        data = members["data"]
        pagination = members["pagination"]
        error = members["error"]
        quota = members["quota"]
        requestID = try #require(members["meta"]?["requestId"]?.text, "meta.requestId is always there")
        #expect(requestID.wholeMatch(of: /req_[A-Za-z0-9]{9,}/) != nil)
        isReplayed = members["meta"]?["replayed"] == true
        #expect((members["meta"]?["replayed"] != nil) == isReplayed, "meta.replayed is true or not there")
        #expect(error == nil || !isReplayed, "a refusal is not stored, so it is never replayed")
        #expect((data == nil) != (error == nil), "never both, never neither")
        let own: Set = data == nil ? ["error"] : ["data", "pagination"]
        let known = own.union(["id", "meta", "quota"])
        #expect(Set(members.keys).isSubset(of: known), "unknown members in \(members.keys)")
        if let error { Self.check(error) }
        if let pagination { Self.check(pagination: pagination) }
    }

    /// 200, or the error's status.
    var status: Int { Int(error?["status"]?.integer ?? 200) }
    /// The code: the end of `error.type`.
    var code: String? { error?["type"]?.text.map { String($0.dropFirst("urn:latchkey:error:".count)) } }
    var detail: String { error?["detail"]?.text ?? "" }
    /// Where the faults of a 400 are.
    var locations: [String] { (error?["errors"]?.list ?? []).compactMap { $0["location"]?.text } }
    var hasMore: Bool { pagination?["hasMore"]?.boolean ?? false }
    var cursor: String? { pagination?["cursor"]?.text }
    var rows: [JSON] { data?.list ?? [] }

    private static func check(_ error: JSON) {
        let status = error["status"]?.integer ?? 0
        #expect((400...599).contains(status))
        #expect(error["title"]?.text?.isEmpty == false)
        #expect(error["detail"]?.text?.isEmpty == false)
        #expect(error["type"]?.text?.hasPrefix("urn:latchkey:error:") == true)
        let names = Set((error.object ?? [:]).keys)
        #expect(names == Set(["title", "detail", "status", "type"] + (status == 400 ? ["errors"] : [])))
        for fault in error["errors"]?.list ?? [] {
            #expect(fault["location"]?.text?.isEmpty == false && fault["message"]?.text?.isEmpty == false)
            #expect(Set((fault.object ?? [:]).keys).isSubset(of: ["location", "message", "fix"]))
        }
    }

    private static func check(pagination: JSON) {
        let hasMore = pagination["hasMore"]?.boolean
        #expect(hasMore != nil)
        #expect((pagination["cursor"] != nil) == (hasMore == true), "a cursor comes exactly when there is more")
        if let cursor = pagination["cursor"] {
            #expect(cursor.text.map { (1...1_024).contains($0.utf8.count) } == true)
        }
    }
}
