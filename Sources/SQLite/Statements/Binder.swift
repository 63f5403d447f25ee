internal import CSQLite

/// Takes the values of one run of a statement, in the order of its placeholders.
///
/// SQLite copies what it is given, so a value need not outlive the call that binds it.
public struct Binder: ~Copyable {
    private let statement: OpaquePointer
    /// Number of values taken so far, which is the index of the last one: placeholders count from 1.
    private(set) var count: Int32 = 0
    /// The first refusal (a value over the size limit, no memory), or `SQLITE_OK`.
    private(set) var status: Int32 = SQLITE_OK

    @usableFromInline
    init(_ statement: OpaquePointer) {
        self.statement = statement
    }

    /// Binds null.
    public mutating func null() {
        note(sqlite3_bind_null(statement, next()))
    }

    /// Binds an integer.
    public mutating func integer(_ value: Int64) {
        note(sqlite3_bind_int64(statement, next(), value))
    }

    /// Binds a floating-point number; SQLite has no NaN and stores null instead.
    public mutating func real(_ value: Double) {
        note(sqlite3_bind_double(statement, next(), value))
    }

    /// Binds text, given as UTF-8; a NUL within is kept.
    public mutating func text(_ utf8: UnsafeBufferPointer<UInt8>) {
        // No address would bind null where empty text is meant.
        guard let address = utf8.baseAddress else { return text("" as StaticString) }
        address.withMemoryRebound(to: CChar.self, capacity: utf8.count) { characters in
            bindText(characters, utf8.count, copied)
        }
    }

    /// Binds a literal, in place.
    public mutating func text(_ literal: StaticString) {
        literal.withUTF8Buffer { utf8 in
            guard let address = utf8.baseAddress else { return }
            address.withMemoryRebound(to: CChar.self, capacity: utf8.count) { characters in
                bindText(characters, utf8.count, notCopied)
            }
        }
    }

    /// Binds bytes; none are an empty blob, not null.
    public mutating func blob(_ bytes: UnsafeRawBufferPointer) {
        guard let address = bytes.baseAddress, !bytes.isEmpty else {
            return note(sqlite3_bind_zeroblob(statement, next(), 0))
        }
        note(sqlite3_bind_blob64(statement, next(), address, UInt64(bytes.count), copied))
    }

    private mutating func bindText(_ characters: UnsafePointer<CChar>, _ count: Int, _ life: sqlite3_destructor_type?) {
        note(sqlite3_bind_text64(statement, next(), characters, UInt64(count), life, UInt8(SQLITE_UTF8)))
    }

    private mutating func next() -> Int32 {
        count += 1
        return count
    }

    private mutating func note(_ result: Int32) {
        if status == SQLITE_OK { status = result }
    }
}

/// `SQLITE_STATIC`: the memory outlives the statement.
private let notCopied: sqlite3_destructor_type? = nil

/// `SQLITE_TRANSIENT`: SQLite takes a copy before the call returns.
///
/// The header spells it as a cast, which is not imported.
private var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
