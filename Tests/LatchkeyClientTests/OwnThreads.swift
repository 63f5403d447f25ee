import Dispatch
import Synchronization
import Testing

/// Runs the tests of a suite on threads of their own.
///
/// The pool that tests share has a thread a core, and a test that computes or waits for a process keeps its thread to the end. A test
/// that suspends goes to the back of that queue, long enough for calls to time out that should have been cancelled.
struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ThreadExecutor.shared, operation: function)
    }
}

extension Trait where Self == OwnThreads {
    static var ownThreads: Self { OwnThreads() }
}

/// Starts a task that no other task waits for on the threads of ``OwnThreads``, which it would not inherit.
func start<Value: Sendable>(_ body: sending @escaping @isolated(any) () async -> Value) -> Task<Value, Never> {
    Task(executorPreference: ThreadExecutor.shared, operation: body)
}

/// A few serial queues in turn: each has a thread whatever other queues do, and tasks still run side by side.
private final class ThreadExecutor: TaskExecutor {
    static let shared = ThreadExecutor()

    private let queues = (0..<4).map { DispatchQueue(label: "client-tests-\($0)") }
    private let turn = Atomic<Int>(0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue & (queues.count - 1)
        queues[index].async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
