import Registry

/// What the writer is making so that calls can go on, and the calls that wait for it.
///
/// Confined to the reactor's thread. Calls that need the same change wait for one of them.
struct PendingPrerequisites {
    private var waiting: [Prerequisite.Subject: [SuspendedCall]] = [:]
    /// Calls that wait, over all changes.
    private(set) var waitingCount = 0

    /// Lets a call wait.
    ///
    /// - Returns: Whether the change is new and has to be begun.
    mutating func suspend(_ call: SuspendedCall, for subject: Prerequisite.Subject) -> Bool {
        waitingCount += 1
        waiting[subject, default: []].append(call)
        return waiting[subject]?.count == 1
    }

    /// Ends a change, made or not.
    ///
    /// - Returns: The calls that waited for it.
    mutating func finish(_ subject: Prerequisite.Subject) -> [SuspendedCall] {
        let calls = waiting.removeValue(forKey: subject) ?? []
        waitingCount -= calls.count
        return calls
    }
}
