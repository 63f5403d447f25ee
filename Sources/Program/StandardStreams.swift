import Glibc

/// Standard output and standard error, written to without a buffer: what comes back tells of every byte.
public enum StandardStreams {
    /// The descriptor of standard output.
    public static let output: Int32 = 1
    /// The descriptor of standard error.
    public static let error: Int32 = 2

    /// Occupies those of the three standard descriptors that this process was started without; to be called before anything else.
    ///
    /// Else the next file or socket gets the number, and what is meant for the log goes into it. Reading and writing them goes on
    /// failing: each is open for the other direction.
    public static func occupy() {
        for (descriptor, mode) in [(0, O_WRONLY), (output, O_RDONLY), (error, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free, so this one.
            _ = open("/dev/null", mode)
        }
    }

    /// Writes a text to its end.
    ///
    /// - Returns: The errno of what could not be written; `nil` where all of it was.
    public static func write(_ text: String, to descriptor: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Another process that shares the pipe or terminal has made it non-blocking.
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, -1)
                continue
            }
            guard count > 0 else { return count == 0 ? EIO : errno }
            written += count
        }
        return nil
    }
}
