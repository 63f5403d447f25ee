import Synchronization

/// A bounded queue from any thread to one thread, or to a few that share its work.
///
/// The only thing that two threads of the daemon share. What crosses is a `Sendable` value; the bound is the back-pressure: a
/// full mailbox refuses at once, and the caller answers 503 instead of queueing without end.
///
/// A post rings the bell only when a receiver sleeps, so a busy pair of threads makes no system calls here.
public final class Mailbox<Element: Sendable>: Sendable {
    fileprivate struct Contents {
        var items: [Element] = []
        /// Index of the first item not taken; the ones before it are gone.
        var head = 0
        /// Receivers that sleep on the bell, or that a poller will wake.
        var sleeping: Int
        var isClosed = false

        var count: Int { items.count - head }
    }

    private let contents: Mutex<Contents>
    private let bell: Bell

    /// The most items that wait at a time.
    public let capacity: Int

    /// An empty mailbox.
    ///
    /// - Parameters:
    ///   - capacity: The most items that wait, at least 1.
    ///   - isPolled: True when the receiver is a reactor that watches ``descriptor``; false when receivers call
    ///     ``waitForAll()`` or ``waitForOne()``.
    /// - Throws: ``SystemError`` when no eventfd can be had.
    public init(capacity: Int, isPolled: Bool) throws(SystemError) {
        precondition(capacity > 0, "a mailbox holds at least one item")
        self.capacity = capacity
        bell = try Bell(isPolled: isPolled)
        contents = Mutex(Contents(sleeping: isPolled ? 1 : 0))
    }

    /// The descriptor that a reactor watches: readable when something was posted.
    public var descriptor: Int32 { bell.descriptor }

    /// Whether nothing waits at this moment.
    public var isEmpty: Bool {
        contents.withLock { $0.count == 0 }
    }

    /// Whether it has been closed.
    public var isClosed: Bool {
        contents.withLock { $0.isClosed }
    }

    /// Puts one item at the end.
    ///
    /// - Returns: False, and nothing is kept, when the mailbox is full or closed.
    public func post(_ item: Element) -> Bool {
        let verdict = contents.withLock { contents -> (isTaken: Bool, mustRing: Bool) in
            guard !contents.isClosed, contents.count < capacity else { return (false, false) }
            contents.items.append(item)
            guard contents.sleeping > 0 else { return (true, false) }
            contents.sleeping -= 1
            return (true, true)
        }
        if verdict.mustRing { bell.ring() }
        return verdict.isTaken
    }

    /// Puts several items at the end, in order and together; wakes as many receivers as there are items for.
    ///
    /// - Returns: How many were taken: the first ones, as many as there was room for.
    public func post(contentsOf items: [Element]) -> Int {
        let verdict = contents.withLock { contents -> (taken: Int, rings: Int) in
            guard !contents.isClosed else { return (0, 0) }
            let taken = min(items.count, capacity - contents.count)
            contents.items.append(contentsOf: items.prefix(taken))
            let rings = min(taken, contents.sleeping)
            contents.sleeping -= rings
            return (taken, rings)
        }
        for _ in 0..<verdict.rings { bell.ring() }
        return verdict.taken
    }

    /// Refuses further posts; receivers get what is there, then `nil`.
    public func close() {
        let rings = contents.withLock { contents -> Int in
            contents.isClosed = true
            defer { contents.sleeping = 0 }
            return contents.sleeping
        }
        for _ in 0..<rings { bell.ring() }
    }

    /// Throws away what waits.
    public func discardAll() {
        contents.withLock { _ = $0.removeAll() }
    }

    /// Takes everything, for a receiver that a poller woke.
    ///
    /// Never waits.
    public func takeAll() -> [Element] {
        bell.take()
        return contents.withLock { contents in
            contents.sleeping = 1
            return contents.removeAll()
        }
    }

    /// Takes everything there is, waiting for the first item.
    ///
    /// - Returns: At least one item; `nil` once the mailbox is closed and empty.
    public func waitForAll() -> [Element]? {
        wait { contents in contents.removeAll() }
    }

    /// Takes the first item, waiting for it.
    ///
    /// Several threads may wait.
    ///
    /// - Returns: The item; `nil` once the mailbox is closed and empty.
    public func waitForOne() -> Element? {
        wait { contents in contents.removeFirst() }
    }

    private func wait<Taken: Sendable>(_ take: (inout Contents) -> Taken) -> Taken? {
        while true {
            let (taken, isOver) = contents.withLock { contents -> (Taken?, Bool) in
                if contents.count > 0 { return (take(&contents), false) }
                if contents.isClosed { return (nil, true) }
                contents.sleeping += 1
                return (nil, false)
            }
            if let taken { return taken }
            if isOver { return nil }
            bell.take()
        }
    }
}

extension Mailbox.Contents {
    fileprivate mutating func removeAll() -> [Element] {
        defer {
            items = []
            head = 0
        }
        return head == 0 ? items : Array(items[head...])
    }

    fileprivate mutating func removeFirst() -> Element {
        let item = items[head]
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1_024, head * 2 >= items.count {
            items.removeFirst(head)
            head = 0
        }
        return item
    }
}
