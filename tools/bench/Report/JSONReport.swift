import JSONSyntax

/// Prints results as one JSON document: medians, ratios and every turn.
enum JSONReport {
    static func document(_ results: [PointResult], _ disk: DiskFloor?, _ options: BenchOptions) -> String {
        var json = JSONWriter(capacity: 4_096)
        json.beginObject()
        json.name("seed")
        json.string("\(options.seed)")
        json.name("rounds")
        json.integer(options.rounds)
        json.name("durationSeconds")
        json.number(Double(options.durationNanoseconds) / 1_000_000_000)
        json.name("keys")
        json.integer(options.keyCount)
        if let rate = options.rate {
            json.name("rate")
            json.integer(rate)
        }
        if let disk {
            json.name("disk")
            json.beginObject()
            write("syncsPerSecond", disk.rate, to: &json)
            write("p50Nanoseconds", disk.p50Nanoseconds, to: &json)
            write("p99Nanoseconds", disk.p99Nanoseconds, to: &json)
            json.endObject()
        }
        json.name("points")
        json.beginArray()
        for result in results { write(result, to: &json) }
        json.endArray()
        json.endObject()
        return String(decoding: json.buffer.readable, as: UTF8.self)
    }

    private static func write(_ result: PointResult, to json: inout JSONWriter) {
        json.beginObject()
        json.name("workload")
        json.string(result.workload)
        json.name("connections")
        json.integer(result.point.connections)
        json.name("pipeline")
        json.integer(result.point.pipeline)
        write(result.yardstickName, result.yardstick, to: &json)
        if !result.product.isEmpty {
            write(result.productName, result.product, to: &json)
            json.name("ratio")
            json.beginObject()
            for figure in Figure.all where figure.hasRatio {
                write(figure.member, figure.ratio(result.product, to: result.yardstick), to: &json)
            }
            json.endObject()
            write("backgroundRequestsPerSecond", Figure.median(result.product.map(\.backgroundRate)), to: &json)
        }
        json.name("errors")
        json.integer(result.errors)
        if let error = result.firstError {
            json.name("firstError")
            json.string(error)
        }
        json.endObject()
    }

    private static func write(_ server: String, _ runs: [RunResult], to json: inout JSONWriter) {
        json.name(server)
        json.beginObject()
        for figure in Figure.all { write(figure.member, figure.median(runs), to: &json) }
        json.name("turns")
        json.beginArray()
        for run in runs {
            json.beginObject()
            for figure in Figure.all { write(figure.member, figure.value(run), to: &json) }
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    private static func write(_ name: String, _ value: Double, to json: inout JSONWriter) {
        json.name(name)
        if value.isFinite { json.number(value) } else { json.null() }
    }
}
