import Reactor

/// Why a benchmark cannot go on: what happened, and what to change.
struct BenchFailure: Error, Sendable, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Runs what may fail in the system, and says what was being done when it did.
func during<R: ~Copyable>(
    _ purpose: String,
    _ body: () throws(SystemError) -> R
) throws(BenchFailure) -> R {
    do throws(SystemError) {
        return try body()
    } catch {
        throw BenchFailure("\(purpose): \(error)")
    }
}
