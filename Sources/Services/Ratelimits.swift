import Domain
import ProtocolWire
import Registry
import Store

/// Named limits as requests set them and replies show them, on keys and on identities.
enum Ratelimits {
    /// One limit of a request.
    static let setting = Shape.object(
        RatelimitSetting.init(name:limit:durationMilliseconds:isAutomatic:),
        .required("name", .string(length: 3...128), "Its name, unique on its owner, byte by byte."),
        .required("limit", .integer(1...ClosedRange.exact.upperBound), "Units that a window lets through."),
        .required("duration", .integer(1_000...ClosedRange.exact.upperBound), "Length of the window, milliseconds."),
        .defaulted(
            "autoApply",
            .boolean,
            to: false,
            "Whether every verification checks it; else only one that names it."
        )
    )

    /// The limits of a request.
    static let settings = Shape<[RatelimitSetting]>.array(of: setting, count: 0...50)

    /// A limit, as replies show it.
    static let members: [ReplyMember<RatelimitRow>] = [
        .string("id", "Identifier, `rl_…`.") { $0.id.text },
        .string("name", "Its name.") { $0.setting.name },
        .integer("limit", "Units that a window lets through.") { Int64($0.setting.limit) },
        .integer("duration", "Length of the window, milliseconds.") { Int64($0.setting.durationMilliseconds) },
        .boolean("autoApply", "Whether every verification checks it.") { $0.setting.isAutomatic },
    ]

    /// The limits of a request in which a repeated name, byte by byte, takes the values of its last mention.
    static func lastOfEachName(_ settings: [RatelimitSetting]) -> [RatelimitSetting] {
        var places: [[UInt8]: Int] = [:]
        var kept: [RatelimitSetting] = []
        for setting in settings {
            if let place = places[Array(setting.name.utf8)] {
                kept[place] = setting
            } else {
                places[Array(setting.name.utf8)] = kept.count
                kept.append(setting)
            }
        }
        return kept
    }

    /// Checks that no two limits of a request have one name, byte by byte.
    ///
    /// - Throws: 400 with every name that repeats an earlier one.
    static func requireUniqueNames(_ settings: [RatelimitSetting]) throws(Problem) {
        var seen: Set<[UInt8]> = []
        var repeated: [String] = []
        var faults: [Fault] = []
        for (index, setting) in settings.enumerated() where !seen.insert(Array(setting.name.utf8)).inserted {
            let name = Fault.excerpt(of: setting.name)
            repeated.append(name)
            faults.append(
                Fault(
                    location: "body.ratelimits[\(index)].name",
                    message: "must be unique, got '\(name)' again",
                    fix: "send each name once"
                )
            )
        }
        guard let first = repeated.first else { return }
        throw Problem(
            .invalidInput,
            "Two limits have the name '\(first)'. Send each name once.",
            faults: faults
        )
    }
}
