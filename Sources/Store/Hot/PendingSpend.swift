/// What a call has taken in memory and has to have stored before it is told.
///
/// If the balance turns out to be another one, because it was changed meanwhile, all of it is taken back and the call is made again.
public struct PendingSpend: Sendable {
    /// What it takes of the balance, if anything.
    public let credits: CreditSpend?
    /// What it has counted in windows.
    public let windows: [WindowSpend]

    /// What a call has taken.
    public init(credits: CreditSpend? = nil, windows: [WindowSpend] = []) {
        self.credits = credits
        self.windows = windows
    }
}

/// What was counted in a window.
public struct WindowSpend: Sendable {
    let key: WindowKey
    let window: Window
    let cost: Int64

    /// What was counted in a window.
    public init(_ cost: Int64, in window: Window, of key: WindowKey) {
        self.key = key
        self.window = window
        self.cost = cost
    }
}

extension HotState {
    /// Takes from the balance of a key, which has so much.
    ///
    /// - Parameters:
    ///   - cost: 1 or more.
    ///   - key: A key with a balance.
    /// - Returns: What has to be stored.
    public func spend(_ cost: Int, of key: HotKey) -> CreditSpend {
        guard let detail = key.detail, let balance = detail.balance, balance >= cost else {
            preconditionFailure("what is spent has been looked for")
        }
        detail.balance = balance - cost
        return CreditSpend(key: key.number, hash: key.hash, before: balance, after: balance - cost)
    }

    /// Notes that a spend is stored.
    ///
    /// A key that was read again while that was under way may have been read from before it: its balance is too high then, and it
    /// is read once more.
    public func noteStored(_ spend: CreditSpend) {
        guard case .present(let key) = key(spend.hash), let balance = key.detail?.balance, balance > spend.after else {
            return
        }
        apply(.key(hash: spend.hash))
    }

    /// Takes back what a call has taken that could not be stored; a key whose balance it was is read again.
    public func takeBack(_ spend: PendingSpend) {
        for taken in spend.windows { windows.giveBack(taken.cost, in: taken.window, of: taken.key) }
        if let credits = spend.credits { apply(.key(hash: credits.hash)) }
    }
}
