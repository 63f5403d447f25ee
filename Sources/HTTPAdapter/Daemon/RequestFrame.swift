import Bytes
import JSONSyntax
import ProtocolWire

/// The frame that asks the daemon for a procedure.
struct RequestFrame {
    /// The adapter's own number of the request.
    let id: Int
    /// Letters, digits and a dot.
    let method: UnsafeRawBufferPointer
    /// The token; empty for a credential that is none, `nil` where the client sent none.
    var token: UnsafeRawBufferPointer?
    /// Printable ASCII.
    var idempotencyKey: UnsafeRawBufferPointer?
    /// Where the client is, in its own words or those of a proxy before it.
    var clientAddress: UnsafeRawBufferPointer?
    /// One JSON object or array, checked: so nothing in it can end the member that it becomes.
    var params: UnsafeRawBufferPointer?

    /// What the daemon takes for an address at most.
    static let clientAddressBytesMax = 64

    func append(to buffer: inout ByteBuffer) {
        Frame.append(to: &buffer) { buffer in
            buffer.append("{\"id\":")
            buffer.append(decimal: id)
            buffer.append(",\"method\":\"")
            buffer.append(method)
            buffer.append(UInt8(ascii: "\""))
            if let token {
                buffer.append(",\"auth\":")
                Self.append(token, to: &buffer)
            }
            if let idempotencyKey {
                buffer.append(",\"idempotencyKey\":")
                Self.append(idempotencyKey, to: &buffer)
            }
            if let clientAddress {
                buffer.append(",\"clientAddress\":")
                Self.append(clientAddress, to: &buffer)
            }
            if let params {
                buffer.append(",\"params\":")
                buffer.append(params)
            }
            buffer.append(UInt8(ascii: "}"))
        }
    }

    /// Appends bytes as a JSON string; bytes that are not UTF-8 become the empty one, which no credential is.
    private static func append(_ text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        var isPlain = true
        for byte in text where byte >= 0x80 || byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            isPlain = false
        }
        if isPlain {
            buffer.append(UInt8(ascii: "\""))
            buffer.append(text)
            buffer.append(UInt8(ascii: "\""))
        } else if String(validating: text, as: UTF8.self) == nil {
            buffer.append("\"\"")
        } else {
            var json = JSONWriter()
            json.string(utf8: text)
            buffer.append(json.buffer.readable)
        }
    }
}
