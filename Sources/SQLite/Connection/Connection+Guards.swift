internal import CSQLite

extension Connection {
    /// Has a running statement ask, again and again, whether it should stop; it then fails with `.interrupt`.
    ///
    /// The closure runs on the connection's thread and must not use the connection. A stopped statement that was writing takes
    /// its whole transaction with it; one that was reading does not.
    ///
    /// - Parameters:
    ///   - instructions: Number of instructions of SQLite's virtual machine between two questions, over 0; 1,000 are about
    ///     10 µs.
    ///   - shouldStop: Whether to stop; `nil` removes the handler.
    public func setProgressHandler(everyInstructions instructions: Int, _ shouldStop: (() -> Bool)?) {
        precondition(instructions > 0, "a progress handler asks after one instruction or more")
        self.shouldStop = shouldStop
        guard shouldStop != nil else { return sqlite3_progress_handler(handle, 0, nil, nil) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(handle, Int32(clamping: instructions), askWhetherToStop, context)
    }

    /// Has each statement's actions judged while it is compiled; a denied one fails with `.unauthorized`.
    ///
    /// Statements compiled before are compiled, and judged, anew at their next run. The closure runs on the connection's
    /// thread and must not use the connection.
    ///
    /// - Parameter authorize: The judgement; `nil` allows everything.
    public func setAuthorizer(_ authorize: ((AuthorizedAction) -> AuthorizationVerdict)?) {
        self.authorize = authorize
        // SQLite compiles anew for an authorizer that comes, but not for one that goes.
        forgetIdleStatements()
        guard authorize != nil else {
            sqlite3_set_authorizer(handle, nil, nil)
            return
        }
        sqlite3_set_authorizer(handle, judge, Unmanaged.passUnretained(self).toOpaque())
    }
}

// SQLite calls these on the connection's own thread and while the connection lives.

private func askWhetherToStop(_ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 0 }
    let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
    return connection.shouldStop?() == true ? 1 : 0
}

private func judge(
    _ context: UnsafeMutableRawPointer?,
    _ code: Int32,
    _ first: UnsafePointer<CChar>?,
    _ second: UnsafePointer<CChar>?,
    _ database: UnsafePointer<CChar>?,
    _ trigger: UnsafePointer<CChar>?
) -> Int32 {
    guard let context else { return SQLITE_OK }
    let connection = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
    let action = AuthorizedAction(code: code, first.map { String(cString: $0) }, second.map { String(cString: $0) })
    switch connection.authorize?(action) {
    case .allow, nil: return SQLITE_OK
    case .deny: return SQLITE_DENY
    case .ignore: return SQLITE_IGNORE
    }
}
