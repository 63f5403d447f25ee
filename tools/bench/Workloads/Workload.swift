/// One kind of work to measure: its name, what it needs beforehand, and its request.
struct Workload: Sendable {
    /// As it is named on the command line.
    let name: String
    /// What it is, for the help.
    let meaning: String
    /// Whether its reply waits for the disk.
    var isDurable = false
    let source: Source

    /// Where its request comes from.
    enum Source: Sendable {
        /// Prepared on the product, which is measured besides the echo server.
        case product(@Sendable (inout Stage) throws(BenchFailure) -> RequestShape)
        /// For the echo server alone.
        case echoAlone(RequestShape)
    }

    /// The workload of that name.
    static func named(_ name: some StringProtocol) -> Workload? {
        all.first { $0.name == name }
    }
}
