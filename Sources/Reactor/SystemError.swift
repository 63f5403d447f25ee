import Glibc

/// A system call that failed: which one, on what, and the errno it left.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call's name, as its manual page spells it.
    public let call: String
    /// What it was called on: a path, an address; empty where there is nothing to name.
    public let subject: String
    /// The errno.
    public let code: Int32

    /// An error of a known code.
    public init(_ call: String, on subject: String = "", code: Int32) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// The error that the current thread's `errno` tells of.
    public static func current(_ call: String, on subject: String = "") -> SystemError {
        SystemError(call, on: subject, code: errno)
    }

    /// The system's words for the code, with call and subject.
    public var description: String {
        let reason = String(cString: strerror(code))
        return subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)"
    }
}

/// Repeats a call that a signal interrupted, and turns its failure into an error.
///
/// - Parameters:
///   - call: The call's name for the error.
///   - subject: What it is called on.
///   - body: The call; -1 means failure.
/// - Returns: What the call returned.
/// - Throws: ``SystemError`` with the errno of the failure.
@discardableResult
public func system(_ call: String, on subject: String = "", _ body: () -> Int32) throws(SystemError) -> Int32 {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw .current(call, on: subject) }
    }
}
