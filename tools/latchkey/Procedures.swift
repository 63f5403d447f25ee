import JSONSyntax
import ProtocolWire

/// The procedures of a socket, as its daemon describes them.
struct Procedures {
    private let descriptions: [JSONValue]

    init(_ data: JSONValue) {
        descriptions = data.array ?? []
    }

    var methods: [String] { descriptions.compactMap { $0["method"]?.string } }

    func procedure(_ method: String) -> JSONValue? {
        descriptions.first { $0["method"]?.string == method }
    }

    /// Every procedure with its summary, by service.
    var overview: String {
        let services = methods.reduce(into: [String]()) { services, method in
            let service = Self.service(of: method)
            if services.last != service { services.append(service) }
        }
        return services.compactMap(overview(ofService:)).joined(separator: "\n")
    }

    /// The procedures of a service with their summaries; `nil` when there is no such service.
    func overview(ofService service: String) -> String? {
        let own = descriptions.filter { Self.service(of: $0["method"]?.string ?? "") == service }
        guard !own.isEmpty else { return nil }
        let width = own.map { ($0["method"]?.string ?? "").count }.max() ?? 0
        return own.map { description in
            let method = description["method"]?.string ?? ""
            return
                "  \(method)\(String(repeating: " ", count: width + 2 - method.count))\(description["summary"]?.string ?? "")\n"
        }.joined()
    }

    /// Up to three methods that a misspelt one may have meant, the likeliest first.
    func namesLike(_ text: String) -> [String] {
        let wanted = text.lowercased()
        let ranked = methods.map { (method: $0, distance: EditDistance.between(wanted, $0.lowercased())) }
        let near = ranked.filter {
            $0.distance <= max(3, wanted.count / 4) || $0.method.lowercased().hasSuffix("." + wanted)
        }
        return near.sorted { ($0.distance, $0.method) < ($1.distance, $1.method) }.prefix(3).map(\.method)
    }

    private static func service(of method: String) -> String {
        String(method.prefix { $0 != "." })
    }
}
