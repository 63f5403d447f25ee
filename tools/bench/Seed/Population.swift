import Glibc
import Reactor

/// The keys of one API, as far as the workloads that read them need to know.
///
/// Beside a database it is kept in a text file, a word and a value a line.
struct Population: Sendable, Equatable {
    let workspaceID: String
    let apiID: String
    /// How many keys there are.
    let keyCount: Int
    /// Identifiers of keys, spread evenly over all of them.
    let sample: [String]
    /// Identifier of the key that begins the last whole page.
    let lastPageCursor: String

    /// Rows of a page: the most that `apis.listKeys` gives.
    static let pageRows = 100
    private static let sampleMax = 10_000

    /// - Parameters:
    ///   - workspaceID: The workspace of the API.
    ///   - apiID: The API.
    ///   - keyIDs: The identifiers of all its keys, at least one, in any order.
    init(workspaceID: String, apiID: String, keyIDs: [String]) {
        precondition(!keyIDs.isEmpty, "a population has at least one key")
        let ordered = keyIDs.sorted()
        self.workspaceID = workspaceID
        self.apiID = apiID
        keyCount = ordered.count
        let sampleCount = min(Self.sampleMax, ordered.count)
        sample = (0..<sampleCount).map { ordered[$0 * ordered.count / sampleCount] }
        lastPageCursor = ordered[max(0, ordered.count - Self.pageRows)]
    }

    /// Makes an API and keys in it.
    ///
    /// - Parameters:
    ///   - product: Where to make them.
    ///   - name: Of the API.
    ///   - keyCount: At least 1.
    ///   - told: Gets the number of keys there are, again and again; may break off.
    /// - Throws: When a request fails.
    init(on product: Product, name: String, keyCount: Int, told: (Int) throws(BenchFailure) -> Void)
        throws(BenchFailure)
    {
        var connection = try ControlConnection(path: product.socketPath)
        let params = #"{"name":"\#(name)"}"#
        let apiID = try connection.text("apiId", of: "apis.createApi", params, credential: product.rootKey)
        let maker = try KeyMaker(product, apiID: apiID)
        let keyIDs = try maker.make(keyCount, told: told)
        self.init(workspaceID: product.workspaceID, apiID: apiID, keyIDs: keyIDs)
    }
}

// The file.
extension Population {
    /// Where the population of a database is kept.
    static func path(beside database: String) -> String { "\(database).population" }

    /// The population of a database.
    init(beside database: String) throws(BenchFailure) {
        let path = Self.path(beside: database)
        guard let text = contents(of: path) else {
            throw BenchFailure("\(path) cannot be read. Make the database with bench seed --database \(database).")
        }
        guard let read = Population(text: text) else {
            throw BenchFailure("\(path) does not tell a population. Make the database anew with bench seed.")
        }
        self = read
    }

    /// Writes the file.
    func write(beside database: String) throws(BenchFailure) {
        let path = Self.path(beside: database)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchFailure("\(SystemError.current("open", on: path))") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw BenchFailure("\(SystemError.current("write", on: path))")
        }
    }

    /// What is in the file.
    var text: String {
        let head = [
            "workspace \(workspaceID)", "api \(apiID)", "keys \(keyCount)", "last-page \(lastPageCursor)",
        ]
        return (head + sample.map { "key \($0)" }).map { "\($0)\n" }.joined()
    }

    /// Reads what is in such a file; `nil` where something is missing.
    init?(text: String) {
        var values: [Substring: [String]] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2 else { return nil }
            values[words[0], default: []].append(String(words[1]))
        }
        guard let workspaceID = values["workspace"]?.first, let apiID = values["api"]?.first,
            let keyCount = values["keys"]?.first.flatMap({ Int($0) }), let sample = values["key"],
            let lastPageCursor = values["last-page"]?.first
        else { return nil }
        self.workspaceID = workspaceID
        self.apiID = apiID
        self.keyCount = keyCount
        self.sample = sample
        self.lastPageCursor = lastPageCursor
    }
}
