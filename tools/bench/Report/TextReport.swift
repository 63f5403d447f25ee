import Glibc

/// Prints results as a table, three lines a point: yardstick, product, and the ratio of the two.
enum TextReport {
    private static let nameWidth = 24

    /// The line above a workload's points.
    static func heading(_ workload: String) -> String {
        let columns = Figure.all.map { pad($0.title) }.joined()
        return "\n" + "\(workload)".padded(to: nameWidth) + columns
    }

    /// The line above the first workload.
    static func line(_ disk: DiskFloor) -> String {
        let p50 = format(disk.p50Nanoseconds / 1_000, 1)
        let p99 = format(disk.p99Nanoseconds / 1_000, 1)
        return
            "disk: a page written over and synced \(format(disk.rate, 0)) times a second, p50 \(p50) us, p99 \(p99) us"
    }

    static func lines(_ result: PointResult) -> [String] {
        var lines = [
            line(
                "\(result.point) \(result.yardstickName)",
                Figure.all.map { format($0.median(result.yardstick), $0.digits) }
            )
        ]
        guard !result.product.isEmpty else { return lines }
        let indent = String(repeating: " ", count: result.point.description.count + 1)
        lines.append(
            line(indent + result.productName, Figure.all.map { format($0.median(result.product), $0.digits) })
        )
        lines.append(
            line(
                indent + "ratio",
                Figure.all.map { $0.hasRatio ? format($0.ratio(result.product, to: result.yardstick), 3) : "" }
            )
        )
        let background = Figure.median(result.product.map(\.backgroundRate))
        if background > 0 { lines.append("\(indent)besides: \(format(background, 0)) requests/s of the background") }
        if let error = result.firstError { lines.append("\(indent)\(result.errors) errors, the first: \(error)") }
        return lines
    }

    private static func line(_ name: String, _ cells: [String]) -> String {
        name.padded(to: nameWidth) + cells.map(pad).joined()
    }

    private static func pad(_ cell: String) -> String {
        String(repeating: " ", count: max(1, 13 - cell.count)) + cell
    }

    /// A number with so many digits behind the point, and commas between thousands.
    static func format(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "-" }
        let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        let scaled = Int((value.magnitude * scale).rounded())
        let whole = String(scaled / Int(scale))
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + grouped }
        let fraction = String(scaled % Int(scale))
        return sign + grouped + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
