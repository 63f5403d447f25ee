/// What a request's path names.
enum Route {
    /// `/v2/{service}.{procedure}`; the bytes of the method's name.
    case procedure(UnsafeRawBufferPointer)
    /// `/v2/liveness`
    case liveness
    /// `/openapi.json`
    case document
    case unknown

    /// The most bytes of a procedure's name.
    static let nameBytesMax = 128

    init(path: UnsafeRawBufferPointer) {
        let prefix = 4  // "/v2/"
        if Characters.starts(path, with: "/v2/") {
            let name = UnsafeRawBufferPointer(rebasing: path[prefix...])
            if Self.isProcedureName(name) {
                self = .procedure(name)
                return
            }
            if Characters.equal(name, "liveness") {
                self = .liveness
                return
            }
        }
        self = Characters.equal(path, "/openapi.json") ? .document : .unknown
    }

    /// The methods that it takes, as `Allow` lists them (RFC 9110 §10.2.1).
    var allowedMethods: StaticString {
        if case .procedure = self { return "POST" }
        return "GET, HEAD"
    }

    /// Letters and digits around one dot; so it can stand in a frame as it is.
    private static func isProcedureName(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count <= nameBytesMax else { return false }
        var dot: Int?
        for index in 0..<name.count where !Characters.isAlphanumeric(name[index]) {
            guard name[index] == UInt8(ascii: "."), dot == nil else { return false }
            dot = index
        }
        guard let dot else { return false }
        return dot > 0 && dot < name.count - 1
    }
}
