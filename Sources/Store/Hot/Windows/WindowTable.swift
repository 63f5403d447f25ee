public import Domain

/// The sliding windows of everything that is limited.
///
/// Confined to the reactor's thread. To look at a window changes nothing, so that several limits can be looked at first and then
/// all be spent, or none. A window exists from the first cost that is spent in it until nothing of it counts any more.
///
/// The table is cut into segments by the hash of the key. Each grows, shrinks and is swept by itself, so no request ever waits
/// for more than a few hundred windows to be moved. The hash is SipHash, seeded at random for each process: nobody can choose
/// identifiers that collide.
///
/// The number of windows is bounded. In a full table a new one takes the place of that window of its segment which ends first;
/// its subject starts from nothing again. So a flood of identifiers costs memory up to the bound, and takes exactness from
/// short windows before long ones.
///
/// The table's clock never goes back: a request from before the last one counts as if it came with it. A clock that is set back
/// thus opens no window again, whether its count is still here or was dropped long ago.
public final class WindowTable {
    private static let segmentBits: UInt64 = 12
    private static let segmentCount = 1 << Int(segmentBits)

    private let segments = UnsafeMutablePointer<WindowSegment>.allocate(capacity: segmentCount)
    private var clock: Int64 = 0
    private let seed: UInt64
    private let windowsMax: Int
    /// Segments that differ from what is stored, in the order in which they began to.
    private var dirtySegments: [UInt16] = []
    private var nextSweep = 0
    /// Number of windows.
    public private(set) var count = 0

    /// A table without windows.
    ///
    /// - Parameters:
    ///   - windowsMax: Windows that are kept, 1 or more.
    ///   - seed: Of the hashes; from the system's randomness unless a test wants another.
    public init(windowsMax: Int, seed: UInt64 = .random(in: 0 ... .max)) {
        precondition(windowsMax > 0, "a table holds at least one window")
        self.windowsMax = windowsMax
        self.seed = seed
        for index in 0..<Self.segmentCount { (segments + index).initialize(to: WindowSegment()) }
    }

    deinit {
        segments.deinitialize(count: Self.segmentCount)
        segments.deallocate()
    }

    /// Looks at a window.
    ///
    /// - Parameters:
    ///   - key: What it counts for.
    ///   - time: Of the request.
    /// - Returns: The window as the request finds it.
    public func window(of key: WindowKey, at time: UnixMilliseconds) -> Window {
        if time.value > clock { clock = time.value }
        return key.text.withUTF8Bytes { text in
            let hash = hash(key.kind.rawValue, key.subject, key.durationMilliseconds, text)
            let segment = Self.segment(of: hash)
            let counts =
                segments[segment].place(of: key, hash, text).map { segments[segment].counts(at: $0) }
                ?? .none(in: clock / key.durationMilliseconds)
            return counts.window(at: clock, durationMilliseconds: key.durationMilliseconds, hash: hash)
        }
    }

    /// Counts what a request spends.
    ///
    /// - Parameters:
    ///   - cost: 0 or more; 0 changes nothing.
    ///   - window: As the request has found it.
    ///   - key: What it counts for.
    public func spend(_ cost: Int64, in window: Window, of key: WindowKey) {
        guard cost > 0 else { return }
        key.text.withUTF8Bytes { text in
            let segment = Self.segment(of: window.hash)
            guard let place = segments[segment].place(of: key, window.hash, text) else {
                return insert(key, window, cost, text)
            }
            var counts = segments[segment].counts(at: place).rolled(to: window.sequence)
            let (sum, isOver) = counts.current.addingReportingOverflow(cost)
            counts.current = isOver ? .max : sum
            change(segment) { $0.set(counts, at: place) }
        }
    }

    /// Takes back what was spent, also after the window has ended; what counts no more is not missed.
    ///
    /// - Parameters:
    ///   - cost: As it was spent.
    ///   - window: As the request had found it.
    ///   - key: What it counts for.
    public func giveBack(_ cost: Int64, in window: Window, of key: WindowKey) {
        guard cost > 0 else { return }
        key.text.withUTF8Bytes { text in
            let segment = Self.segment(of: window.hash)
            guard let place = segments[segment].place(of: key, window.hash, text) else { return }
            var counts = segments[segment].counts(at: place)
            switch counts.sequence - window.sequence {
            case 0: counts.current = max(0, counts.current - cost)
            case 1: counts.previous = max(0, counts.previous - cost)
            default: return
            }
            change(segment) { $0.set(counts, at: place) }
        }
    }

    /// Lets go of windows of which nothing counts any more, in a part of the table; the next call goes on behind it.
    ///
    /// - Parameters:
    ///   - segmentsMax: How much of the table is looked at, of 4,096 segments.
    ///   - time: The present.
    public func sweep(segmentsMax: Int, at time: UnixMilliseconds) {
        if time.value > clock { clock = time.value }
        for _ in 0..<segmentsMax {
            if segments[nextSweep].count > 0 { count -= segments[nextSweep].dropEnded(at: clock) }
            nextSweep = (nextSweep + 1) & (Self.segmentCount - 1)
        }
    }

    private func insert(_ key: WindowKey, _ window: Window, _ cost: Int64, _ text: UnsafeRawBufferPointer) {
        let slot = WindowSegment.Slot(
            hash: window.hash,
            subject: key.subject,
            durationMilliseconds: key.durationMilliseconds,
            counts: WindowCounts(sequence: window.sequence, current: cost, previous: 0),
            kind: key.kind.rawValue,
            isDirty: true
        )
        insert(slot, text)
    }

    private func insert(_ slot: WindowSegment.Slot, _ text: UnsafeRawBufferPointer) {
        let segment = Self.segment(of: slot.hash)
        if count >= windowsMax { evictOne(near: segment) }
        count += 1
        change(segment) { $0.insert(slot, text: text) }
    }

    private func evictOne(near segment: Int) {
        var victim = segment
        while segments[victim].count == 0 { victim = (victim + 1) & (Self.segmentCount - 1) }
        segments[victim].evictFirstToEnd()
        count -= 1
    }

    /// Changes a segment, and remembers whether there is something to store of it.
    private func change(_ segment: Int, _ body: (inout WindowSegment) -> Void) {
        let wasDirty = segments[segment].isDirty
        body(&segments[segment])
        if segments[segment].isDirty, !wasDirty { dirtySegments.append(UInt16(segment)) }
    }

    private static func segment(of hash: UInt64) -> Int { Int(hash >> (64 - segmentBits)) }

    private func hash(
        _ kind: UInt8,
        _ subject: Int64,
        _ durationMilliseconds: Int64,
        _ text: UnsafeRawBufferPointer
    ) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(seed)
        hasher.combine(subject)
        hasher.combine(durationMilliseconds)
        hasher.combine(kind)
        hasher.combine(bytes: text)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

// Snapshots: what differs from the stored windows goes to the writer, a batch at a time.
extension WindowTable {
    /// Whether there is anything to store.
    public var isDirty: Bool { !dirtySegments.isEmpty }

    /// How much there is to store: the number of segments that hold any of it.
    public var dirtySegmentCount: Int { dirtySegments.count }

    /// Takes windows that differ from the stored ones, those that have waited longest first.
    ///
    /// They count as stored then: whoever takes them sees to it.
    ///
    /// - Parameters:
    ///   - segmentsMax: From so many segments at most.
    ///   - rowsMax: No further segment is begun with so many windows in hand.
    /// - Returns: The windows, and from how many segments they are.
    public func takeDirty(segmentsMax: Int, rowsMax: Int) -> (rows: [WindowRow], segments: Int) {
        var rows: [WindowRow] = []
        var taken = 0
        while taken < min(segmentsMax, dirtySegments.count), rows.count < rowsMax {
            segments[Int(dirtySegments[taken])].takeDirty(into: &rows)
            taken += 1
        }
        dirtySegments.removeFirst(taken)
        return (rows, taken)
    }

    /// Takes in a window as it was stored.
    public func restore(_ row: WindowRow) {
        row.text.withUnsafeBytes { text in
            let hash = hash(row.kind, row.subject, row.durationMilliseconds, text)
            let slot = WindowSegment.Slot(
                hash: hash,
                subject: row.subject,
                durationMilliseconds: row.durationMilliseconds,
                counts: row.counts,
                kind: row.kind
            )
            insert(slot, text)
        }
    }
}
