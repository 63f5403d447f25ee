import Glibc

/// An IPv4 or IPv6 address, to be compared with another one.
public struct IPAddress: Hashable, Sendable {
    /// The one spelling of the address: dotted decimal, or what inet_ntop(3) writes for IPv6.
    public let text: String

    /// Reads an address as inet_pton(3) does: no port, no mask, no zone, no leading zeros.
    ///
    /// An IPv4 address written as an IPv6 one (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is the IPv4 address: so a socket that takes
    /// both families shows an IPv4 peer.
    ///
    /// - Returns: `nil` for anything else.
    public init?(_ text: String) {
        // The C function reads up to the first NUL, and would take what stands before it for the whole.
        guard text.utf8.count <= Self.textBytesMax, !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(AF_INET, &four)
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let bytes = withUnsafeBytes(of: six) { Array($0) }
            if bytes.starts(with: Self.mappedPrefix) {
                bytes.suffix(4).withUnsafeBytes { octets in
                    withUnsafeMutableBytes(of: &four) { $0.copyMemory(from: octets) }
                }
                self.init(AF_INET, &four)
            } else {
                self.init(AF_INET6, &six)
            }
        } else {
            return nil
        }
    }

    private init(_ family: Int32, _ address: UnsafeRawPointer) {
        var characters = [CChar](repeating: 0, count: Self.textBytesMax + 1)
        inet_ntop(family, address, &characters, socklen_t(characters.count))
        text = String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The longest spelling (`INET6_ADDRSTRLEN` less its NUL).
    private static let textBytesMax = 45
    private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
}
