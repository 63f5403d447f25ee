import CLinux

/// Asks the scheduler to let the calling thread run often and briefly, rather than seldom and long.
///
/// With many threads on a core, one that answers in microseconds then goes before those that work for milliseconds
/// (sched_setattr(2): since Linux 6.12 the run time of an ordinary thread is the length of its turn). An older kernel does not
/// listen, and nothing is lost.
///
/// - Parameter nanoseconds: Length of a turn, 100,000 to 100,000,000.
public func preferShortTurns(nanoseconds: UInt64) {
    var scheduling = latchkey_scheduling()
    scheduling.size = UInt32(MemoryLayout<latchkey_scheduling>.size)
    scheduling.runtime = nanoseconds
    _ = latchkey_set_scheduling(latchkey_number_of_set_scheduling, 0, &scheduling, 0)
}
