/// What workloads need on the product before they can be measured; made once, shared by all of them.
struct Stage: ~Copyable {
    /// A root key that may do everything.
    let rootKey: String
    /// How many keys a workload that draws from keys has.
    let keyCount: Int
    /// Differs from run to run, so that names made on a running daemon are new.
    let tag: String
    private var connection: ControlConnection
    private var madeAPI: String?
    /// By their settings: members behind `apiId`.
    private var madeKeys: [String: FieldTable] = [:]
    private var knownPopulation: Population?
    private let product: Product

    init(_ product: Product, keyCount: Int, tag: String) throws(BenchFailure) {
        self.product = product
        rootKey = product.rootKey
        knownPopulation = product.population
        self.keyCount = keyCount
        self.tag = tag
        connection = try ControlConnection(path: product.socketPath)
    }

    /// Identifier of an API that keys can be made in.
    mutating func apiID() throws(BenchFailure) -> String {
        if let madeAPI { return madeAPI }
        let params = #"{"name":"bench-\#(tag)"}"#
        let made = try connection.text("apiId", of: "apis.createApi", params, credential: rootKey)
        madeAPI = made
        return made
    }

    /// Secrets of so many keys as the benchmark is to have.
    ///
    /// - Parameter settings: Further members of `keys.createKey`, each with a comma before it.
    /// - Returns: The secrets.
    /// - Throws: ``BenchFailure``, when a key cannot be made.
    mutating func keys(_ settings: String = "") throws(BenchFailure) -> FieldTable {
        if let made = madeKeys[settings] { return made }
        let params = #"{"apiId":"\#(try apiID())"\#(settings)}"#
        let requests = [String](repeating: params, count: keyCount)
        let secrets = try connection.texts("key", of: "keys.createKey", requests, credential: rootKey)
        let made = FieldTable(secrets)
        madeKeys[settings] = made
        return made
    }

    /// The keys that reading workloads read: those of the seeded database, else so many as the benchmark is to have.
    mutating func population() throws(BenchFailure) -> Population {
        if let knownPopulation { return knownPopulation }
        let made = try Population(on: product, name: "bench-\(tag)-population", keyCount: keyCount) { _ in }
        knownPopulation = made
        return made
    }
}
