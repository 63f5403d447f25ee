/// What some connections do: how many there are, what they send, and how fast.
struct LoadGroup {
    /// Connections, and requests under way on each.
    let point: LoadPoint
    let requests: RequestMix
    /// Requests a second over all its connections, sent when they are due; `nil` for the next request as soon as a reply came.
    let rate: Int?

    /// Nanoseconds after the start of the schedule at which a connection's n-th request is due.
    ///
    /// The group's requests go round its connections, so that they come evenly.
    @inline(__always)
    static func due(_ number: Int, of connection: Int, connections: Int, rate: Int) -> UInt64 {
        let position = UInt64(connection) &+ UInt64(number) &* UInt64(connections)
        return position &* 1_000_000_000 / UInt64(rate)
    }
}
