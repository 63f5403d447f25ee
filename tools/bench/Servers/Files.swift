import Glibc
import Reactor

/// A folder that is removed, with the files in it, when the benchmark ends.
final class TemporaryFolder {
    let path: String

    /// - Parameter parent: Where to make it; decides which file system the daemon writes to.
    /// - Throws: When nothing can be made there.
    init(in parent: String) throws(BenchFailure) {
        var template = Array("\(parent)/latchkey-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BenchFailure("\(SystemError.current("mkdtemp", on: parent)). Name another folder with --folder.")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}

/// The names in a folder, without `.` and `..`; none where it cannot be read.
func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

/// The content of a small file as text; `nil` where it cannot be read.
func contents(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 * 1_024)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count <= 0 { return count == 0 ? String(decoding: bytes, as: UTF8.self) : nil }
        bytes.append(contentsOf: chunk.prefix(count))
    }
}
