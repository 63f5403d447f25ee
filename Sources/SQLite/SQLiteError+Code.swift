internal import CSQLite

extension SQLiteError {
    /// An extended result code (https://www.sqlite.org/rescode.html): the low byte names the family, the rest the member.
    ///
    /// As a pattern a primary code matches its whole family: `case .constraint` takes `.constraintUnique` as well.
    public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The number, as `sqlite3.h` defines it.
        public let rawValue: Int32

        /// The code of a number.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// The family that the code belongs to; itself for a primary code.
        public var primary: Code { Code(rawValue: rawValue & 0xff) }

        /// SQLite's English for the family and the number: "constraint failed, 2067".
        public var description: String {
            "\(String(cString: sqlite3_errstr(rawValue))), \(rawValue)"
        }

        /// Whether `code` is `pattern`, or of its family where `pattern` is a primary code.
        public static func ~= (pattern: Code, code: Code) -> Bool {
            pattern == code || pattern == code.primary
        }

        private func member(_ number: Int32) -> Code {
            Code(rawValue: rawValue | number << 8)
        }
    }
}

/// The statement or the data is at fault.
extension SQLiteError.Code {
    /// The SQL is wrong, or names a table or column that does not exist.
    public static let error = Self(rawValue: SQLITE_ERROR)
    /// The schema changed under the statement and it could not be compiled anew.
    public static let schema = Self(rawValue: SQLITE_SCHEMA)
    /// The authorizer said no.
    public static let unauthorized = Self(rawValue: SQLITE_AUTH)
    /// A text, blob or row is over a limit.
    public static let tooBig = Self(rawValue: SQLITE_TOOBIG)
    /// A value of the wrong type for the place.
    public static let mismatch = Self(rawValue: SQLITE_MISMATCH)
    /// The interface was used against its rules.
    public static let misuse = Self(rawValue: SQLITE_MISUSE)

    /// A constraint does not hold; the family of those below.
    public static let constraint = Self(rawValue: SQLITE_CONSTRAINT)
    /// A `CHECK` constraint does not hold.
    public static let constraintCheck = constraint.member(1)
    /// A row refers to a parent that does not exist, or a parent went that is referred to.
    public static let constraintForeignKey = constraint.member(3)
    /// A `NOT NULL` column was given null.
    public static let constraintNotNull = constraint.member(5)
    /// A primary key is taken, an `INTEGER PRIMARY KEY` too.
    public static let constraintPrimaryKey = constraint.member(6)
    /// A trigger raised an error.
    public static let constraintTrigger = constraint.member(7)
    /// A value of a `UNIQUE` column or index is taken.
    public static let constraintUnique = constraint.member(8)
    /// A rowid that no column stands for is taken.
    public static let constraintRowID = constraint.member(10)
    /// A value of the wrong type for a column of a `STRICT` table.
    public static let constraintDataType = constraint.member(12)
}

/// Another connection is in the way.
extension SQLiteError.Code {
    /// Another connection holds the lock, and went on doing so for the whole busy time-out.
    public static let busy = Self(rawValue: SQLITE_BUSY)
    /// A read transaction cannot become a writing one: another connection has written since it began.
    public static let busySnapshot = busy.member(2)
    /// A statement or transaction of this same connection is in the way.
    public static let locked = Self(rawValue: SQLITE_LOCKED)
}

/// The transaction ended early.
extension SQLiteError.Code {
    /// The operation was stopped; by the progress handler, here.
    public static let interrupt = Self(rawValue: SQLITE_INTERRUPT)
    /// An operation was abandoned.
    public static let abort = Self(rawValue: SQLITE_ABORT)
    /// The transaction was rolled back under a running statement.
    public static let abortRollback = abort.member(2)
    /// Out of memory.
    public static let outOfMemory = Self(rawValue: SQLITE_NOMEM)
}

/// The file or the disk is at fault.
extension SQLiteError.Code {
    /// The disk is full, or the file has reached its page limit.
    public static let full = Self(rawValue: SQLITE_FULL)
    /// The file, its folder or the connection does not allow writing.
    public static let readOnly = Self(rawValue: SQLITE_READONLY)
    /// The folder does not allow the journal to be made.
    public static let readOnlyDirectory = readOnly.member(6)
    /// The file cannot be opened.
    public static let cantOpen = Self(rawValue: SQLITE_CANTOPEN)
    /// The path is a directory.
    public static let cantOpenIsDirectory = cantOpen.member(2)
    /// The system reported an error while the file was read or written; the family of many.
    public static let ioError = Self(rawValue: SQLITE_IOERR)
    /// The file has the wrong content in the wrong place.
    public static let corrupt = Self(rawValue: SQLITE_CORRUPT)
    /// The file is not a database.
    public static let notADatabase = Self(rawValue: SQLITE_NOTADB)
}
