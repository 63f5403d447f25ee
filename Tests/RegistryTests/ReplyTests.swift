import JSONSyntax
import Testing

@testable import Registry

@Suite struct ReplyTests {
    private struct Row: Sendable {
        var name: String?
        var count: Int64?
    }

    private func written<Output>(_ reply: Reply<Output>, _ output: Output) throws -> JSONValue {
        var json = JSONWriter()
        json.beginObject()
        reply.write(output, &json)
        json.endObject()
        return try JSONValue(parsing: String(decoding: json.buffer.readable, as: UTF8.self))
    }

    @Test("members that have no value are left out or null, as they are declared")
    func absence() throws {
        let reply = Reply<Row>(
            .optionalString("a", "A.") { $0.name },
            .stringOrNull("b", "B.") { $0.name },
            .optionalInteger("c", "C.") { $0.count },
            .integerOrNull("d", "D.") { $0.count },
            .optionalBoolean("e", "E.") { $0.count.map { $0 > 0 } }
        )
        #expect(try written(reply, Row()) == ["data": ["b": nil, "d": nil]])
        #expect(
            try written(reply, Row(name: "é\"", count: 1))
                == ["data": ["a": "é\"", "b": "é\"", "c": 1, "d": 1, "e": true]]
        )
        #expect(reply.schema["required"] == ["b", "d"])
    }

    @Test("a page has a cursor exactly when there are more rows than it takes", arguments: [0, 1, 2, 3])
    func pages(count: Int) throws {
        let rows = (0..<count).map { "row\($0)" }
        let reply = Reply<Page<String>>.page(of: .string("name", "N.") { $0 })
        let page = Page(reading: rows, limit: 2) { $0 }
        let json = try written(reply, page)
        #expect(json["data"]?.array?.count == min(count, 2))
        #expect(json["pagination"] == (count > 2 ? ["hasMore": true, "cursor": "row2"] : ["hasMore": false]))
    }

    @Test("what depends on a thing alone is written once and copied from then on, to the byte")
    func rendering() throws {
        let members = RenderedMembers<String>(
            .string("name", "N.") { $0 },
            .optionalString("none", "N.") { _ in nil },
            .integer("length", "L.") { Int64($0.utf8.count) }
        )
        let bytes = members.bytes(of: "é\"")
        #expect(String(decoding: bytes, as: UTF8.self) == #","name":"é\"","length":3"#)
        let reply = Reply<[UInt8]?>(
            .boolean("isThere", "T.") { $0 != nil },
            .rendered(members) { kept, buffer in if let kept { buffer.append(kept) } }
        )
        #expect(try written(reply, bytes) == ["data": ["isThere": true, "name": "é\"", "length": 3]])
        #expect(try written(reply, nil) == ["data": ["isThere": false]])
        #expect(reply.schema["required"] == ["isThere"])
    }
}
