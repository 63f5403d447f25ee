import Domain
import ProtocolWire
import Registry
import Store

/// What was deleted within the last 48 hours, for the operator.
enum Trash {
    static let procedures = [ListItems.procedure, RestoreItem.procedure]

    static let kind = Shape.word("api", "key", "identity", "role", "permission")
        .parsed("must be a kind of thing", fix: "send api") { TrashKind(rawValue: $0) }

    /// A deleted thing, as the list shows it.
    static let members: [ReplyMember<TrashItem>] = [
        .string("type", "`api`, `key`, `identity`, `role` or `permission`.") { $0.kind.rawValue },
        .string("id", "Identifier, as it was.") { $0.id },
        .optionalString("name", "Its name or label, if it has one.") { $0.name },
        .optionalString("start", "What may be shown of a key's secret.") { $0.start },
        .optionalString("externalId", "The customer's own name of an identity.") { $0.externalID },
        .optionalString("slug", "The slug of a permission.") { $0.slug },
        .integer("deletedAt", "When it was deleted, Unix milliseconds.") { $0.deletedAt.value },
        .integer("purgeAt", "From when on it cannot be restored, Unix milliseconds: 48 hours later.") {
            $0.purgeAt.value
        },
    ]
}
