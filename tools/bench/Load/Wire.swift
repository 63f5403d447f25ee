/// How requests and replies look on a connection: the one thing that frames and HTTP do not share.
protocol Wire {
    /// The finished form of a kind of request.
    static func template(_ shape: RequestShape) -> RequestTemplate

    /// Looks at the front of what has arrived.
    ///
    /// - Returns: `nil` until a reply is there whole.
    /// - Throws: When these are no replies at all.
    static func front(of bytes: UnsafeRawBufferPointer) throws(BenchFailure) -> WireReply?

    /// Where the name of `data` stands in a successful reply's JSON, as the server writes it.
    static var dataOffset: Int { get }
}

/// One reply, where it came.
struct WireReply {
    /// Bytes that it takes on the connection.
    let length: Int
    /// The slot that it names; `nil` where replies come in the order of the requests.
    let slot: Int?
    /// False when the wire itself says that the request failed.
    let hasSuccessStatus: Bool
    /// Its JSON.
    let json: UnsafeRawBufferPointer
}
