import Program
import Reactor
import SQLite

/// The threads that work on the database beside the reactor's: a writer, a reader that fetches for hot state, and readers for calls.
struct StorageThreads {
    private let threads: [WorkerThread]
    private static let writerNiceness: Int32 = 15

    /// Starts them, and waits until each has its connection.
    ///
    /// - Throws: ``DaemonError`` when the system grants no thread, or the database cannot be opened.
    init(_ configuration: Configuration, _ mailboxes: Mailboxes, _ log: Log) throws(DaemonError) {
        let opened: Mailbox<SQLiteError?>
        do throws(SystemError) {
            opened = try Mailbox(capacity: configuration.readers + 2, isPolled: false)
            threads = try Self.start(configuration, mailboxes, opened, log)
        } catch {
            throw .system(error)
        }
        for _ in threads {
            if case .some(.some(let failure)) = opened.waitForOne() { throw DaemonError(failure.description) }
        }
    }

    /// Waits until they have done what is left of their work, which no longer grows.
    func join() {
        // The writer last: it leaves no log behind, for which nobody may be reading.
        for thread in threads.reversed() { thread.join() }
    }

    private static func start(
        _ configuration: Configuration,
        _ mailboxes: Mailboxes,
        _ opened: Mailbox<SQLiteError?>,
        _ log: Log
    ) throws(SystemError) -> [WorkerThread] {
        let (database, recovery) = (configuration.database, configuration.recovery)
        let outcomes = mailboxes.outcomes
        var threads = [
            // The reactor answers verifications, which a commit must not make wait where there is one core for both.
            try WorkerThread(name: "writer", niceness: writerNiceness) {
                run(opened) { () throws(SQLiteError) in
                    try Writer(database, jobs: mailboxes.writeJobs, outcomes: outcomes, recovery: recovery, log: log)
                }
            }
        ]
        let readJobs = Array(repeating: mailboxes.readJobs, count: configuration.readers)
        for jobs in [mailboxes.fetchJobs] + readJobs {
            let reader = try WorkerThread(name: "reader") {
                run(opened) { () throws(SQLiteError) in
                    try Reader(database, jobs: jobs, outcomes: outcomes, recovery: recovery, log: log)
                }
            }
            threads.append(reader)
        }
        return threads
    }

    /// Makes a worker on its own thread, says whether that went well, and has it work.
    private static func run<W: Worker>(_ opened: Mailbox<SQLiteError?>, _ make: () throws(SQLiteError) -> W) {
        do throws(SQLiteError) {
            let worker = try make()
            _ = opened.post(nil)
            worker.run()
        } catch {
            _ = opened.post(error)
        }
    }
}

/// What runs on a thread of its own until its mailbox is closed and empty.
protocol Worker {
    func run()
}

extension Writer: Worker {}
extension Reader: Worker {}
