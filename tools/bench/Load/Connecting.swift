import Glibc
import JSONSyntax
import Reactor

/// A connected, non-blocking descriptor without delay of small segments.
func connectedDescriptor(to address: SocketAddress) throws(BenchFailure) -> Int32 {
    let descriptor = try during("Connecting") { () throws(SystemError) in try connectedSocket(to: address) }
    if case .internet = address {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    // Over TCP the connection may still be on its way; a socket that can be written to is connected.
    var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&state, 1, 5_000)
    var failure: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
    guard failure == 0 else {
        close(descriptor)
        throw BenchFailure("Connecting: \(SystemError("connect", on: address.description, code: failure))")
    }
    return descriptor
}

/// Whether a reply that is not laid out as expected is a success all the same: `expected` is `"data":` and what follows it.
func holdsElsewhere(_ json: UnsafeRawBufferPointer, _ expected: UnsafeRawBufferPointer) -> Bool {
    let document = JSONDocument()
    do throws(JSONSyntaxError) {
        try document.parse(json)
    } catch {
        return false
    }
    guard let data = document.root.member("data") else { return false }
    let value = expected.dropFirst("\"data\":".utf8.count)
    return data.source.count >= value.count && zip(data.source, value).allSatisfy { $0 == $1 }
}
