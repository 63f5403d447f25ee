import Glibc

/// Standard output and standard error, written to without a buffer: what comes back tells of every byte.
public enum StandardStreams {
    /// The descriptor of standard output.
    public static let output: Int32 = 1
    /// The descriptor of standard error.
    public static let error: Int32 = 2

    /// Writes a text to its end.
    ///
    /// - Returns: The errno of what could not be written; `nil` where all of it was.
    public static func write(_ text: String, to descriptor: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            written += count
        }
        return nil
    }
}
