import Foundation
import Glibc

/// A program that has been started, seen through `/proc`.
protocol RunningProcess {
    var identifier: pid_t { get }
}

extension RunningProcess {
    /// What the process has open, sorted.
    var openFiles: [String] {
        let folder = "/proc/\(identifier)/fd"
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        // One that is closed meanwhile is not open.
        return numbers.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
            .sorted()
    }

    var openSockets: Int { openFiles.count { $0.hasPrefix("socket:") } }

    /// Resident memory in KiB.
    var residentKilobytes: Int {
        let text = String(
            decoding: FileManager.default.contents(atPath: "/proc/\(identifier)/status") ?? Data(),
            as: UTF8.self
        )
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
