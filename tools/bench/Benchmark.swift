import Glibc
import Reactor

/// Starts the servers, gives each mix and each point its turns, echo and product in alternation, and tells the results.
struct Benchmark {
    private let options: BenchOptions
    private let interrupt: Int32
    private let folder: TemporaryFolder
    private let echo: ChildProcess
    private let echoAddress: SocketAddress
    private let product: Product?
    private var results: [PointResult] = []

    /// Starts what is measured.
    init(_ options: BenchOptions) throws(BenchFailure) {
        self.options = options
        raiseDescriptorLimit()
        interrupt = try interruptDescriptor()
        try pin(toCore: options.clientCore)
        folder = try TemporaryFolder(in: options.folder)
        let echoPath = "\(folder.path)/echo.sock"
        echoAddress = .unix(path: echoPath)
        echo = try ChildProcess(
            "echo",
            program: try buildFolder() + "/bench",
            arguments: ["echo", "--socket", echoPath],
            core: options.serverCore,
            ownCore: options.clientCore,
            folder: folder.path
        )
        try echo.awaitConnection(to: echoAddress)
        if !options.measuredMixes.contains(where: \.needsProduct) {
            product = nil
        } else if let attachment = options.attachment {
            product = try Product(attachingTo: attachment.socket, rootKey: attachment.rootKey)
        } else {
            product = try Product(startedIn: folder.path, options: options)
        }
    }

    /// Measures everything.
    ///
    /// - Returns: The status to exit with: 1 when a request failed or a server did not end well.
    mutating func run() throws(BenchFailure) -> Int32 {
        tell("seed \(options.seed), \(options.rounds) rounds, medians")
        if let product {
            var stage = try Stage(
                product,
                keyCount: options.keyCount,
                tag: String(options.seed % 0xFFFF_FFFF, radix: 16)
            )
            let background = try background(&stage)
            for mix in options.measuredMixes {
                try measure(mix, try shapes(mix, &stage), background)
            }
        } else {
            for mix in options.measuredMixes { try measure(mix, echoShapes(mix), nil) }
        }
        if options.isJSON { writeLine(JSONReport.document(results, options), to: 1) }
        let complaints = (product?.stop() ?? []) + [echo.stop()].compactMap { $0 }
        for complaint in complaints { complain(complaint) }
        return results.contains { $0.errors > 0 } || !complaints.isEmpty ? 1 : 0
    }

    private mutating func measure(
        _ mix: WorkloadMix,
        _ parts: [(shape: RequestShape, weight: Int)],
        _ background: LoadGroup?
    ) throws(BenchFailure) {
        tell(TextReport.heading(mix.description))
        let echoRequests = RequestMix(parts, on: FrameWire.self, seed: options.seed)
        // Over frames both servers get the same requests; the numbers that never come again go on through both.
        let productRequests = options.isHTTP ? RequestMix(parts, on: HTTPWire.self, seed: options.seed) : echoRequests
        for point in options.points {
            var result = PointResult(workload: mix.description, point: point, productName: product?.name ?? "")
            for _ in 0..<options.rounds {
                let echoed = LoadGroup(point: point, requests: echoRequests, rate: options.rate)
                result.echo.append(try turnOfEcho([echoed]))
                guard let product, mix.needsProduct else { continue }
                let measured = LoadGroup(point: point, requests: productRequests, rate: options.rate)
                result.product.append(try turn(of: product, [measured] + (background.map { [$0] } ?? [])))
            }
            results.append(result)
            for line in TextReport.lines(result) { tell(line) }
        }
    }

    private func turnOfEcho(_ groups: [LoadGroup]) throws(BenchFailure) -> RunResult {
        try Measurement.run(
            FrameWire.self,
            on: echoAddress,
            of: [echo.processID],
            groups,
            checksData: false,
            options,
            interrupt: interrupt
        )
    }

    private func turn(of product: Product, _ groups: [LoadGroup]) throws(BenchFailure) -> RunResult {
        func turn(_ wire: (some Wire).Type) throws(BenchFailure) -> RunResult {
            try Measurement.run(
                wire,
                on: product.address,
                of: product.processIDs,
                groups,
                checksData: true,
                options,
                interrupt: interrupt
            )
        }
        return options.isHTTP ? try turn(HTTPWire.self) : try turn(FrameWire.self)
    }

    private func background(_ stage: inout Stage) throws(BenchFailure) -> LoadGroup? {
        guard let background = options.background else { return nil }
        let parts = try shapes(background.mix, &stage)
        let requests =
            options.isHTTP
            ? RequestMix(parts, on: HTTPWire.self, seed: ~options.seed)
            : RequestMix(parts, on: FrameWire.self, seed: ~options.seed)
        return LoadGroup(point: background.point, requests: requests, rate: nil)
    }

    private func shapes(
        _ mix: WorkloadMix,
        _ stage: inout Stage
    ) throws(BenchFailure) -> [(shape: RequestShape, weight: Int)] {
        var shapes: [(shape: RequestShape, weight: Int)] = []
        for part in mix.parts {
            switch part.workload.source {
            case .product(let prepare): shapes.append((try prepare(&stage), part.weight))
            case .echoAlone(let shape): shapes.append((shape, part.weight))
            }
        }
        return shapes
    }

    private func echoShapes(_ mix: WorkloadMix) -> [(shape: RequestShape, weight: Int)] {
        mix.parts.compactMap { part in
            if case .echoAlone(let shape) = part.workload.source { (shape, part.weight) } else { nil }
        }
    }

    private func tell(_ line: String) {
        if options.isJSON { return }
        writeLine(line, to: 1)
    }
}

/// Writes a line to standard error.
func complain(_ line: String) {
    writeLine("bench: \(line)", to: 2)
}

/// Writes a line at once, so that a long run shows how far it is also in a pipe.
private func writeLine(_ line: String, to descriptor: Int32) {
    let text = Array("\(line)\n".utf8)
    _ = write(descriptor, text, text.count)
}
