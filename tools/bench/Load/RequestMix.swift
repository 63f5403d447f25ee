import Bytes

/// Kinds of requests with their weights: what one group of connections sends.
///
/// Lives as long as the benchmark, so that numbers that never come again do not come again in the next run.
final class RequestMix {
    let templates: UnsafeMutableBufferPointer<RequestTemplate>
    /// Index of a template for each part of the weight.
    let wheel: UnsafeMutableBufferPointer<UInt8>
    private let random: UnsafeMutablePointer<SplitMix>

    /// The most that all weights may add up to.
    static let weightMax = 1_000

    /// - Parameters:
    ///   - parts: One or more kinds of requests, each with a weight of at least 1.
    ///   - wire: How they are to look.
    ///   - seed: Decides the order of requests.
    init(_ parts: [(shape: RequestShape, weight: Int)], on wire: (some Wire).Type, seed: UInt64) {
        templates = .allocate(capacity: parts.count)
        wheel = .allocate(capacity: parts.map(\.weight).reduce(0, +))
        random = .allocate(capacity: 1)
        random.initialize(to: SplitMix(seed: seed))
        var position = 0
        for (index, part) in parts.enumerated() {
            templates.initializeElement(at: index, to: wire.template(part.shape))
            for _ in 0..<part.weight {
                wheel.initializeElement(at: position, to: UInt8(index))
                position += 1
            }
        }
    }

    deinit {
        templates.deinitialize().deallocate()
        wheel.deallocate()
        random.deallocate()
    }

    /// Bytes of the longest request.
    var requestBytesMax: Int {
        templates.indices.map { templates[$0].count }.max() ?? 0
    }

    /// What the loop uses: pointers into the mix, which must outlive it.
    ///
    /// Copying it counts no references.
    struct Source {
        let templates: UnsafeMutablePointer<RequestTemplate>
        let wheel: UnsafeMutablePointer<UInt8>
        let wheelCount: Int
        let random: UnsafeMutablePointer<SplitMix>

        /// Appends the next request.
        ///
        /// - Returns: Which template it was made of.
        @inline(__always)
        func append(correlation: Int, to buffer: inout ByteBuffer) -> Int {
            let turn = wheelCount == 1 ? 0 : random.pointee.index(below: wheelCount)
            let chosen = Int(wheel[turn])
            templates[chosen].append(correlation: correlation, random: &random.pointee, to: &buffer)
            return chosen
        }
    }

    /// The mix as pointers; `nil` for a mix of nothing.
    var source: Source? {
        guard let templates = templates.baseAddress, let base = wheel.baseAddress else { return nil }
        return Source(templates: templates, wheel: base, wheelCount: wheel.count, random: random)
    }
}
