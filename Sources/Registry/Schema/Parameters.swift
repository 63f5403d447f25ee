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

extension Shape {
    /// A closed object: these members, no others.
    public static func object<each Part: Sendable>(
        _ make: @escaping @Sendable (repeat each Part) -> Value,
        _ field: repeat Field<each Part>
    ) -> Shape {
        let members = members(repeat each field)
        let names = Set(members.map(\.name))
        return Shape(.object(members)) { object, faults in
            guard object.kind == .object else { return faults.wrongKind(object, wanted: "an object") }
            let (outer, found) = (faults.knownMembers, faults.count)
            faults.knownMembers = 0
            defer { faults.knownMembers = outer }
            var value: Value?
            // Straight through, as nearly all requests are right: values that may be missing cost more to hand on.
            do throws(Unsound) {
                value = make(repeat try sound(each field, object, &faults))
            } catch {
                faults.forget(behind: found)
                faults.knownMembers = 0
                // Every field is read, also after a fault, so that the caller sees every mistake.
                repeat _ = (each field).read(object, &faults)
            }
            if faults.knownMembers < object.count { faults.addUnknownMembers(of: object, known: names) }
            return faults.count == found ? value : nil
        }
    }

    static func members<each Part: Sendable>(_ field: repeat Field<each Part>) -> [Member] {
        var members: [Member] = []
        repeat members.append((each field).member)
        return members
    }

    @inline(__always)
    private static func sound<Read>(
        _ field: Field<Read>,
        _ object: JSONView,
        _ faults: inout Faults
    ) throws(Unsound) -> Read {
        guard let value = field.read(object, &faults) else { throw Unsound() }
        return value
    }
}

/// A field that gives no value; it has noted why.
private struct Unsound: Error {}
