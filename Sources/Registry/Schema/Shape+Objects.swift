import JSONSyntax

extension Shape {
    /// A closed object: these members, no others.
    public static func object<each Part: Sendable>(
        _ make: @escaping @Sendable (repeat each Part) -> Value,
        _ field: repeat Field<each Part>
    ) -> Shape {
        closed(members(repeat each field)) { object, faults throws(Unsound) in
            make(repeat try (each field).sound(in: object, &faults))
        } all: { object, faults in
            repeat _ = (each field).read(object, &faults)
        }
    }

    /// The same with one member.
    static func object<A: Sendable>(_ make: @escaping @Sendable (A) -> Value, _ a: Field<A>) -> Shape {
        closed(a.members) { object, faults throws(Unsound) in
            make(try a.sound(in: object, &faults))
        } all: { object, faults in
            _ = a.read(object, &faults)
        }
    }

    /// The same with two.
    static func object<A: Sendable, B: Sendable>(
        _ make: @escaping @Sendable (A, B) -> Value,
        _ a: Field<A>,
        _ b: Field<B>
    ) -> Shape {
        closed(a.members + b.members) { object, faults throws(Unsound) in
            make(try a.sound(in: object, &faults), try b.sound(in: object, &faults))
        } all: { object, faults in
            _ = (a.read(object, &faults), b.read(object, &faults))
        }
    }

    /// The same with five.
    static func object<A: Sendable, B: Sendable, C: Sendable, D: Sendable, E: Sendable>(
        _ make: @escaping @Sendable (A, B, C, D, E) -> Value,
        _ a: Field<A>,
        _ b: Field<B>,
        _ c: Field<C>,
        _ d: Field<D>,
        _ e: Field<E>
    ) -> Shape {
        closed(a.members + b.members + c.members + d.members + e.members) { object, faults throws(Unsound) in
            make(
                try a.sound(in: object, &faults),
                try b.sound(in: object, &faults),
                try c.sound(in: object, &faults),
                try d.sound(in: object, &faults),
                try e.sound(in: object, &faults)
            )
        } all: { object, faults in
            _ = (a.read(object, &faults), b.read(object, &faults), c.read(object, &faults))
            _ = (d.read(object, &faults), e.read(object, &faults))
        }
    }

    static func members<each Part: Sendable>(_ field: repeat Field<each Part>) -> [Member] {
        var members: [Member] = []
        repeat members += (each field).members
        return members
    }

    /// A closed object.
    ///
    /// - Parameters:
    ///   - members: Those that it may have.
    ///   - read: Reads them one after the other until one is unsound, as nearly all requests have none.
    ///   - all: Reads every one of them, so that the caller sees every mistake.
    /// - Returns: The shape.
    private static func closed(
        _ members: [Member],
        read: @escaping @Sendable (JSONView, inout Faults) throws(Unsound) -> Value,
        all: @escaping @Sendable (JSONView, inout Faults) -> Void
    ) -> Shape {
        let names = Set(members.map(\.name))
        return Shape(.object(members)) { object, faults in
            guard object.kind == .object else { return faults.wrongKind(object, wanted: "an object") }
            let (outer, found) = (faults.knownMembers, faults.count)
            faults.knownMembers = 0
            defer { faults.knownMembers = outer }
            var value: Value?
            do throws(Unsound) {
                value = try read(object, &faults)
            } catch {
                faults.forget(behind: found)
                faults.knownMembers = 0
                all(object, &faults)
            }
            if faults.knownMembers < object.count { faults.addUnknownMembers(of: object, known: names) }
            return faults.count == found ? value : nil
        }
    }
}

extension Field {
    /// Members that are seldom sent, as one: they are looked for only in an object that has more than those before them.
    ///
    /// - Parameters:
    ///   - make: Takes the fields' values in their order.
    ///   - field: Members that may all be left out.
    /// - Returns: A field without a value where none of them is there.
    public static func seldom<Rest: Sendable, each Part: Sendable>(
        _ make: @escaping @Sendable (repeat each Part) -> Rest,
        _ field: repeat Field<each Part>
    ) -> Field where Value == Rest? {
        let members = Shape<Rest>.members(repeat each field)
        precondition(!members.contains(where: \.isRequired), "what is required is not seldom sent")
        return Field(members: members) { object, faults in
            guard faults.knownMembers < object.count else { return .some(nil) }
            let found = faults.count
            let known = faults.knownMembers
            do throws(Unsound) {
                return make(repeat try (each field).sound(in: object, &faults))
            } catch {
                faults.forget(behind: found)
                faults.knownMembers = known
                repeat _ = (each field).read(object, &faults)
                return nil
            }
        }
    }

    /// Reads the member, or ends the reading.
    @inline(__always)
    fileprivate func sound(in object: JSONView, _ faults: inout Faults) throws(Unsound) -> Value {
        guard let value = read(object, &faults) else { throw Unsound() }
        return value
    }
}

/// A field that gives no value; it has noted why.
private struct Unsound: Error {}
