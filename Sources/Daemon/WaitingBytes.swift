/// The memory that calls on their way take: those that wait for something to be fetched or made, and those in the hands of readers
/// and writer.
///
/// A call counts with the bytes of its frame, from the moment it is not answered at once to the moment it is answered, made again,
/// or given up. Confined to the reactor's thread.
struct WaitingBytes {
    let bytesMax: Int
    private(set) var bytes = 0

    init(bytesMax: Int) {
        precondition(bytesMax > 0, "calls that wait take memory")
        self.bytesMax = bytesMax
    }

    /// Whether a call may wait.
    ///
    /// One that is alone always may: otherwise a frame that is within its own limit could be refused for ever.
    func hasRoom(for frameBytes: Int) -> Bool {
        bytes == 0 || frameBytes <= bytesMax - bytes
    }

    /// Counts a call that waits; there was room for it.
    mutating func take(_ frameBytes: Int) {
        precondition(hasRoom(for: frameBytes), "a call that there is no room for is refused")
        bytes += frameBytes
    }

    /// Counts a call no more.
    mutating func giveBack(_ frameBytes: Int) {
        precondition(frameBytes <= bytes, "a call gives back what it took, once")
        bytes -= frameBytes
    }
}
