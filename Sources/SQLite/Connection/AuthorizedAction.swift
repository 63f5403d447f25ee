internal import CSQLite

/// What the authorizer says of an action.
public enum AuthorizationVerdict: Sendable {
    /// The action may be compiled.
    case allow
    /// The statement fails.
    case deny
    /// A read yields null, a write or other action is left out.
    case ignore
}

/// Something that a statement being compiled would do (https://www.sqlite.org/c3ref/c_alter_table.html).
public enum AuthorizedAction: Sendable, Equatable {
    /// A kind of thing that a schema holds.
    public enum SchemaObject: Sendable, Equatable {
        /// A table, an index, a trigger or a view.
        case table, index, trigger, view, virtualTable
    }

    /// A `SELECT`, before its columns.
    case select
    /// A column is read; the name is empty where only rows are counted.
    case read(table: String, column: String)
    /// Rows are inserted.
    case insert(table: String)
    /// A column is changed.
    case update(table: String, column: String)
    /// Rows are deleted.
    case delete(table: String)
    /// A function is called.
    case function(name: String)
    /// A pragma is read, or set to `value`.
    case pragma(name: String, value: String?)
    /// `BEGIN`, `COMMIT` or `ROLLBACK`.
    case transaction(operation: String)
    /// `BEGIN`, `RELEASE` or `ROLLBACK` of a savepoint.
    case savepoint(operation: String, name: String)
    /// An object is made, temporary or not.
    case create(SchemaObject, name: String)
    /// An object is dropped, temporary or not.
    case drop(SchemaObject, name: String)
    /// A table is altered.
    case alter(table: String)
    /// An index is built anew.
    case reindex(index: String)
    /// Statistics are gathered.
    case analyze(table: String)
    /// Another file is attached.
    case attach(path: String)
    /// A file is detached.
    case detach(database: String)
    /// A recursive query.
    case recursive
    /// An action that this version of the module does not know, by its number.
    case other(code: Int32)

    init(code: Int32, _ first: String?, _ second: String?) {
        let name = first ?? ""
        let detail = second ?? ""
        switch code {
        case SQLITE_SELECT: self = .select
        case SQLITE_READ: self = .read(table: name, column: detail)
        case SQLITE_INSERT: self = .insert(table: name)
        case SQLITE_UPDATE: self = .update(table: name, column: detail)
        case SQLITE_DELETE: self = .delete(table: name)
        case SQLITE_FUNCTION: self = .function(name: detail)
        case SQLITE_PRAGMA: self = .pragma(name: name, value: second)
        case SQLITE_TRANSACTION: self = .transaction(operation: name)
        case SQLITE_SAVEPOINT: self = .savepoint(operation: name, name: detail)
        case SQLITE_ALTER_TABLE: self = .alter(table: detail)
        case SQLITE_REINDEX: self = .reindex(index: name)
        case SQLITE_ANALYZE: self = .analyze(table: name)
        case SQLITE_ATTACH: self = .attach(path: name)
        case SQLITE_DETACH: self = .detach(database: name)
        case SQLITE_RECURSIVE: self = .recursive
        default: self = Self.schemaChange(code, name) ?? .other(code: code)
        }
    }

    private static func schemaChange(_ code: Int32, _ name: String) -> AuthorizedAction? {
        switch code {
        case SQLITE_CREATE_TABLE, SQLITE_CREATE_TEMP_TABLE: .create(.table, name: name)
        case SQLITE_CREATE_INDEX, SQLITE_CREATE_TEMP_INDEX: .create(.index, name: name)
        case SQLITE_CREATE_TRIGGER, SQLITE_CREATE_TEMP_TRIGGER: .create(.trigger, name: name)
        case SQLITE_CREATE_VIEW, SQLITE_CREATE_TEMP_VIEW: .create(.view, name: name)
        case SQLITE_CREATE_VTABLE: .create(.virtualTable, name: name)
        case SQLITE_DROP_TABLE, SQLITE_DROP_TEMP_TABLE: .drop(.table, name: name)
        case SQLITE_DROP_INDEX, SQLITE_DROP_TEMP_INDEX: .drop(.index, name: name)
        case SQLITE_DROP_TRIGGER, SQLITE_DROP_TEMP_TRIGGER: .drop(.trigger, name: name)
        case SQLITE_DROP_VIEW, SQLITE_DROP_TEMP_VIEW: .drop(.view, name: name)
        case SQLITE_DROP_VTABLE: .drop(.virtualTable, name: name)
        default: nil
        }
    }
}
