import Bytes
import Foundation
import JSONSyntax
import Testing

/// The golden vectors in `protocol/vectors/`.
enum Vectors {
    static func load(_ name: String) throws -> [JSONValue] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
            .standardizedFileURL
        let data = try Data(contentsOf: root.appending(path: "protocol/vectors/\(name).json"))
        return try #require(JSONValue(parsing: Array(data)).array)
    }

    static func bytes(hex text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }
}

extension JSONValue {
    func text(_ name: String) throws -> String { try #require(self[name]?.string, "\(name) of \(self)") }

    func bytes(_ name: String) throws -> [UInt8] { Vectors.bytes(hex: try text(name)) }

    var why: String { self["why"]?.string ?? "a vector without its reason" }
}
