internal import CSQLite

/// A call that SQLite refused: the extended result code, SQLite's words, and the SQL.
///
/// Bound values are never part of it, so an error may be logged.
public struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The extended result code.
    public let code: Code
    /// What went wrong, in SQLite's words or this module's; begins in lower case, ends without a full stop.
    public let message: String
    /// The statement that failed, with its placeholders; `nil` where no statement is at fault.
    public let sql: String?
    /// Where in ``sql`` the mistake is, as an offset in bytes of UTF-8; `nil` where SQLite does not say.
    public let byteOffset: Int?

    /// An error with every part given.
    public init(_ code: Code, _ message: String, sql: String? = nil, byteOffset: Int? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
        self.byteOffset = byteOffset
    }

    /// The code's family: `.constraint` for `.constraintUnique`.
    public var primary: Code { code.primary }

    /// Message, code and statement on one line, as a log wants it.
    public var description: String {
        var text = "\(message) (\(code))"
        if let byteOffset { text += " at byte \(byteOffset)" }
        if let sql { text += " in: \(sql)" }
        return text
    }

    /// Lets a code stand as a pattern for an error; a primary code matches all of its family.
    public static func ~= (pattern: Code, error: SQLiteError) -> Bool {
        pattern ~= error.code
    }
}

extension SQLiteError {
    /// The error that the last call on `handle` left behind.
    ///
    /// To be called before any other call on the connection, a reset included: the next one overwrites it.
    static func last(on handle: OpaquePointer, sql: String? = nil) -> SQLiteError {
        let offset = sqlite3_error_offset(handle)
        return SQLiteError(
            Code(rawValue: sqlite3_extended_errcode(handle)),
            String(cString: sqlite3_errmsg(handle)),
            sql: sql,
            byteOffset: offset >= 0 ? Int(offset) : nil
        )
    }
}
