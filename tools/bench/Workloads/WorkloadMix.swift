/// Workloads with weights: `verify` alone, or `verify=9,create-key=1` for one create among ten requests.
struct WorkloadMix: Sendable, CustomStringConvertible {
    let parts: [Part]

    /// A workload and its weight, 1 to 1,000.
    struct Part: Sendable {
        let workload: Workload
        let weight: Int
    }

    /// Reads `NAME=WEIGHT,…`, weights of 1 where none is given; `nil` for unknown names and weights that add up to over 1,000.
    init?(_ text: some StringProtocol) {
        var parts: [Part] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let workload = Workload.named(pair[0]), let weight = pair.count == 2 ? Int(pair[1]) : 1, weight >= 1,
                weight <= RequestMix.weightMax, !parts.contains(where: { $0.workload.name == workload.name })
            else { return nil }
            parts.append(Part(workload: workload, weight: weight))
        }
        guard parts.map(\.weight).reduce(0, +) <= RequestMix.weightMax else { return nil }
        // The echo server alone and the product cannot share one load.
        guard parts.count == 1 || parts.allSatisfy(\.workload.needsProduct) else { return nil }
        self.parts = parts
    }

    /// Reads `verify,health`: one mix of one workload for each name.
    static func list(_ text: String) -> [WorkloadMix]? {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let mixes = words.compactMap { $0.contains("=") ? nil : WorkloadMix($0) }
        return mixes.count == words.count ? mixes : nil
    }

    /// Whether the product is measured.
    var needsProduct: Bool { parts.allSatisfy(\.workload.needsProduct) }

    /// Whether any reply waits for the disk.
    var isDurable: Bool { parts.contains(where: \.workload.isDurable) }

    var description: String {
        if parts.count == 1 { return parts[0].workload.name }
        return parts.map { "\($0.workload.name)=\($0.weight)" }.joined(separator: ",")
    }
}

extension Workload {
    /// Whether the product is measured.
    var needsProduct: Bool {
        if case .product = source { true } else { false }
    }
}
