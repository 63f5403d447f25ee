import JSONSyntax
import ProtocolWire

/// The parameters of one procedure: their documentation and their decoder, from one list.
public struct Parameters<Input: Sendable>: Sendable {
    /// The members, in the order of the documents; of each item, where the parameters are an array.
    public let members: [Member]
    /// The schema of the object, or of the array.
    public let schema: Schema
    let decode: @Sendable (JSONView, inout Faults) -> Input?

    /// Parameters that a closed object carries.
    ///
    /// - Parameters:
    ///   - make: Usually the initialiser of `Input`; takes the fields' values in their order.
    ///   - field: One for each member.
    public init<each Value: Sendable>(
        _ make: @escaping @Sendable (repeat each Value) -> Input,
        _ field: repeat Field<each Value>
    ) {
        let shape = Shape.object(make, repeat each field)
        members = Shape<Input>.members(repeat each field)
        schema = shape.schema
        decode = shape.read
    }

    /// The same with one member: a list of a known length is read without looking its types up, which counts for a procedure that
    /// is called a million times a second.
    public init<A: Sendable>(_ make: @escaping @Sendable (A) -> Input, _ a: Field<A>) {
        self.init(Shape.object(make, a), a.members)
    }

    /// The same with two.
    public init<A: Sendable, B: Sendable>(
        _ make: @escaping @Sendable (A, B) -> Input,
        _ a: Field<A>,
        _ b: Field<B>
    ) {
        self.init(Shape.object(make, a, b), a.members + b.members)
    }

    /// The same with five.
    public init<A: Sendable, B: Sendable, C: Sendable, D: Sendable, E: Sendable>(
        _ make: @escaping @Sendable (A, B, C, D, E) -> Input,
        _ a: Field<A>,
        _ b: Field<B>,
        _ c: Field<C>,
        _ d: Field<D>,
        _ e: Field<E>
    ) {
        self.init(Shape.object(make, a, b, c, d, e), a.members + b.members + c.members + d.members + e.members)
    }

    private init(_ shape: Shape<Input>, _ members: [Member]) {
        self.init(members, shape.schema, decode: shape.read)
    }

    /// Parameters that are an array of closed objects.
    ///
    /// - Parameters:
    ///   - count: The items there may be.
    ///   - make: Usually the initialiser of the item; takes the fields' values in their order.
    ///   - field: One for each member of an item.
    public init<Item: Sendable, each Value: Sendable>(
        arrayOf count: ClosedRange<Int>,
        _ make: @escaping @Sendable (repeat each Value) -> Item,
        _ field: repeat Field<each Value>
    ) where Input == [Item] {
        let shape = Shape<[Item]>.array(of: .object(make, repeat each field), count: count)
        members = Shape<Item>.members(repeat each field)
        schema = shape.schema
        decode = shape.read
    }

    private init(
        _ members: [Member],
        _ schema: Schema,
        decode: @escaping @Sendable (JSONView, inout Faults) -> Input?
    ) {
        self.members = members
        self.schema = schema
        self.decode = decode
    }

    /// The same parameters with a rule over several members, which a schema cannot state.
    ///
    /// - Parameters:
    ///   - rule: For the message, as a clause about the parameters.
    ///   - member: Which one the fault is located at; else the parameters as a whole.
    ///   - fix: What to send instead.
    ///   - holds: The rule.
    /// - Returns: The parameters with the rule.
    public func requiring(
        _ rule: String,
        at member: String? = nil,
        fix: String,
        _ holds: @escaping @Sendable (Input) -> Bool
    ) -> Parameters {
        let decode = decode
        return Parameters(members, schema) { params, faults in
            guard let input = decode(params, &faults) else { return nil }
            if holds(input) { return input }
            guard let member else { return faults.refuse(params, rule, fix: fix) }
            faults.add(at: member, of: params, rule, fix: fix)
            return nil
        }
    }
}

extension Parameters where Input == NoInput {
    /// For a procedure that takes none.
    public static var none: Parameters { Parameters({ NoInput() }) }
}

/// The parameters of a procedure that takes none.
public struct NoInput: Sendable {
    /// Nothing.
    public init() {}
}
