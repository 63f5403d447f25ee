import ProtocolWire
import Registry
import Store

/// How far the windows of limits are stored.
///
/// Windows go to the writer in batches, one at a time: so a burst of new ones never keeps a change waiting for longer than a
/// batch takes, and a batch that could not be stored is still in hand.
struct WindowSnapshot {
    /// The batch that the writer has, or is to have next.
    var batch: [WindowRow] = []
    /// Whether the writer has it.
    var isUnderWay = false
    /// Whether the writer is deleting some that have ended.
    var isDeleting = false
    /// Segments of the table that are still to be looked at in this snapshot.
    var segmentsLeft = 0

    /// Windows of one batch; a segment more.
    static let batchRows = 1_000
    /// Windows that are deleted at a time.
    static let deletedRows = 250
}

extension Dispatcher {
    /// Begins to store the windows that have changed since they were last stored.
    func storeWindows() {
        snapshot.segmentsLeft = state.windows.dirtySegmentCount
        if !snapshot.isUnderWay { storeNextWindows() }
    }

    /// Goes on once the writer has stored a batch.
    func windowsAreStored() {
        snapshot.isUnderWay = false
        snapshot.batch = []
        storeNextWindows()
    }

    /// Hands the writer everything that is not stored, when no more calls come.
    func storeAllWindows() {
        // The writer may have this batch; as it works in order, once more does no harm.
        if !snapshot.batch.isEmpty { _ = postBatch() }
        while state.windows.isDirty {
            takeBatch(segmentsMax: .max)
            _ = postBatch()
        }
    }

    /// Begins to delete the stored windows that have ended: few at a time, so that no change waits long behind them, and one lot
    /// behind the other while there are more.
    func deleteEndedWindows() {
        guard !snapshot.isDeleting else { return }
        let time = time
        let job = WriteJob(ticket: nil, purpose: .endedWindows) { transaction throws(Problem) in
            let areMoreLeft = try transaction.deleteEndedWindows(at: time, most: WindowSnapshot.deletedRows)
            return areMoreLeft ? [1] : []
        }
        // Refused by a full mailbox, it waits for the next time.
        snapshot.isDeleting = writeJobs.post(job)
    }

    func endedWindowsAreDeleted(areMoreLeft: Bool) {
        snapshot.isDeleting = false
        if areMoreLeft, !isDraining { deleteEndedWindows() }
    }

    private func storeNextWindows() {
        if snapshot.batch.isEmpty { takeBatch(segmentsMax: snapshot.segmentsLeft) }
        // Refused by a full mailbox, it waits in hand for the next time.
        snapshot.isUnderWay = !snapshot.batch.isEmpty && postBatch()
    }

    private func takeBatch(segmentsMax: Int) {
        let taken = state.windows.takeDirty(segmentsMax: segmentsMax, rowsMax: WindowSnapshot.batchRows)
        snapshot.batch = taken.rows
        snapshot.segmentsLeft = max(0, snapshot.segmentsLeft - taken.segments)
    }

    /// With each batch some that have ended go, so that the table keeps up with memory.
    private func postBatch() -> Bool {
        let (rows, time) = (snapshot.batch, time)
        let job = WriteJob(ticket: nil, purpose: .windows) { transaction throws(Problem) in
            try transaction.storeWindows(rows)
            try transaction.deleteEndedWindows(at: time, most: 2 * rows.count)
            return []
        }
        return writeJobs.post(job)
    }
}
