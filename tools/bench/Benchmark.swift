import Glibc
import Program
import Reactor

/// Starts the servers, gives each mix and each point its turns, yardstick and product in alternation, and tells the results.
struct Benchmark {
    private let options: BenchOptions
    private let interrupt: Int32
    private let folders: [TemporaryFolder]
    private let yardstick: Yardstick
    private let product: Product?
    private let disk: DiskFloor?
    private var results: [PointResult] = []

    /// Starts what is measured.
    init(_ options: BenchOptions) throws(BenchFailure) {
        self.options = options
        DescriptorLimit.raise()
        interrupt = try interruptDescriptor()
        try pin(toCore: options.cores.client)
        folders = [try TemporaryFolder(in: options.folder), try TemporaryFolder(in: options.folder)]
        if let other = options.otherDatabase {
            yardstick = .other(try Self.product(in: folders[1].path, seeded: other, options))
        } else {
            yardstick = try .echo(in: folders[1].path, options.cores)
        }
        let mixes = options.measuredMixes + (options.background.map { [$0.mix] } ?? [])
        let isDurable = mixes.contains(where: \.isDurable)
        disk = isDurable ? try DiskFloor(in: folders[0].path, options.cores) : nil
        if !options.measuredMixes.contains(where: \.needsProduct) {
            product = nil
        } else if let attachment = options.attachment {
            product = try Product(attachingTo: attachment.socket, rootKey: attachment.rootKey)
        } else {
            product = try Self.product(in: folders[0].path, seeded: options.database, options)
        }
    }

    /// Measures everything.
    ///
    /// - Returns: The status to exit with: 1 when a request failed or a server did not end well.
    mutating func run() throws(BenchFailure) -> Int32 {
        tell("seed \(options.seed), \(options.rounds) rounds, medians")
        if let disk { tell(TextReport.line(disk)) }
        if let product {
            try measure(product)
        } else {
            for mix in options.measuredMixes {
                let requests = RequestMix(echoShapes(mix), on: FrameWire.self, seed: options.seed)
                try measure(mix, requests, requests, nil)
            }
        }
        if options.isJSON { writeLine(JSONReport.document(results, disk, options), to: 1) }
        let complaints = (product?.stop() ?? []) + yardstick.stop()
        for complaint in complaints { complain(complaint) }
        return results.contains { $0.errors > 0 } || !complaints.isEmpty ? 1 : 0
    }

    private static func product(
        in folder: String,
        seeded database: String?,
        _ options: BenchOptions
    ) throws(BenchFailure) -> Product {
        try Product(
            startedIn: folder,
            database: database ?? "\(folder)/latchkey.db",
            population: try database.map { path throws(BenchFailure) in try Population(beside: path) },
            cores: options.cores,
            isHTTP: options.isHTTP
        )
    }

    private mutating func measure(_ product: Product) throws(BenchFailure) {
        var stage = try stage(on: product)
        let background = try background(&stage)
        switch yardstick {
        case .echo:
            for mix in options.measuredMixes {
                let parts = try shapes(mix, &stage)
                let echoed = RequestMix(parts, on: FrameWire.self, seed: options.seed)
                // Over frames both servers get the same requests; the numbers that never come again go on through both.
                try measure(mix, options.isHTTP ? requests(parts) : echoed, echoed, background)
            }
        case .other(let other):
            tell("\(product.size), against \(other.size)")
            var otherStage = try self.stage(on: other)
            for mix in options.measuredMixes {
                let measured = requests(try shapes(mix, &stage))
                try measure(mix, measured, requests(try shapes(mix, &otherStage)), background)
            }
        }
    }

    private func stage(on product: Product) throws(BenchFailure) -> Stage {
        try Stage(product, keyCount: options.keyCount, tag: String(options.seed % 0xFFFF_FFFF, radix: 16))
    }

    private mutating func measure(
        _ mix: WorkloadMix,
        _ measured: RequestMix,
        _ compared: RequestMix,
        _ background: LoadGroup?
    ) throws(BenchFailure) {
        tell(TextReport.heading(mix.description))
        for point in options.points {
            var result = PointResult(
                workload: mix.description,
                point: point,
                yardstickName: yardstick.name,
                productName: product?.name ?? ""
            )
            for _ in 0..<options.rounds {
                let group = LoadGroup(point: point, requests: compared, rate: options.rate)
                result.yardstick.append(try turnOfYardstick([group]))
                guard let product, mix.needsProduct else { continue }
                let others = background.map { [$0] } ?? []
                let load = [LoadGroup(point: point, requests: measured, rate: options.rate)] + others
                result.product.append(try turn(of: product, load))
            }
            results.append(result)
            for line in TextReport.lines(result) { tell(line) }
        }
    }

    private func turnOfYardstick(_ groups: [LoadGroup]) throws(BenchFailure) -> RunResult {
        switch yardstick {
        case .other(let product):
            return try turn(of: product, groups)
        case .echo(let server, let address):
            return try Measurement.run(
                FrameWire.self,
                on: address,
                of: [server.processID],
                groups,
                checksData: false,
                options,
                interrupt: interrupt
            )
        }
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

    /// Requests as the product gets them.
    private func requests(_ parts: [(shape: RequestShape, weight: Int)]) -> RequestMix {
        options.isHTTP
            ? RequestMix(parts, on: HTTPWire.self, seed: options.seed)
            : RequestMix(parts, on: FrameWire.self, seed: options.seed)
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
func writeLine(_ line: String, to descriptor: Int32) {
    let text = Array("\(line)\n".utf8)
    _ = write(descriptor, text, text.count)
}
