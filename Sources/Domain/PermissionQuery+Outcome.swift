extension PermissionQuery {
    /// What a query comes to, as far as it has been read.
    ///
    /// No stack is needed. What is in parentheses matters only where nothing is decided yet, so the outer level is always found
    /// `holding` again behind them; anywhere else nothing in them can change the outcome, and they are counted and passed over.
    struct Outcome {
        /// How one level of parentheses stands.
        private enum State {
            /// No alternative before has held, and all items of this one have so far: the next item counts.
            case holding
            /// An item of this alternative has not held; nothing counts until the next `OR`.
            case failing
            /// An alternative has held; nothing counts until the level ends.
            case certain
        }

        private var state = State.holding
        /// How many parentheses are open that cannot change the outcome; more than none only while `state` is not `holding`.
        private var depthPassedOver = 0

        /// Whether the next item counts.
        var isOpen: Bool { state == .holding }

        /// Whether this level holds, if it ends here.
        var holds: Bool { state != .failing }

        /// An item that counts.
        mutating func take(_ isHeld: Bool) {
            if !isHeld { state = .failing }
        }

        /// `OR`.
        mutating func beginAlternative() {
            if depthPassedOver == 0 { state = holds ? .certain : .holding }
        }

        /// `(`.
        mutating func descend() {
            // Where the next item counts, the inner level begins as the outer one stands.
            if !isOpen { depthPassedOver += 1 }
        }

        /// `)`.
        mutating func ascend() {
            if depthPassedOver > 0 {
                depthPassedOver -= 1
            } else if state == .certain {
                state = .holding
            }
        }
    }
}
