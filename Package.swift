// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode, existentials spelt `any`, imports internal unless they say `public`, no warning let through.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    // A procedure's declaration is generic code of one module used by another: only with this does the compiler make one
    // specialised function of it. Exclusive access is proved by the compiler in most places; debug builds and all tests check
    // the rest at run time, and a release does not pay for it on each request.
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// Lets one module use instructions that not every processor has; it asks the processor before it does.
#if arch(x86_64)
let shaExtensions: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-msse4.1", "-Xcc", "-msha"])]
#else
let shaExtensions: [SwiftSetting] = []
#endif

func library(_ name: String, path: String? = nil, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func program(_ name: String, path: String? = nil, _ dependencies: Target.Dependency...) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: Target.Dependency..., exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "latchkey",
    targets: [
        // The system, as modules: headers and a module map, no C is compiled.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        // Ground floor: these know nothing of keys.
        library("Bytes"),
        library("JSONSyntax", "Bytes"),
        .target(name: "SHAExtensions", swiftSettings: strict + shaExtensions),
        library("Cryptography", "Bytes", "CLinux", "SHAExtensions"),
        library("SQLite", "CSQLite"),
        library("Reactor", "Bytes", "CLinux"),

        // The contract, and what it is about.
        library("ProtocolWire", "Bytes", "JSONSyntax"),
        library("Domain", "Bytes", "Cryptography"),
        library("Store", "Bytes", "Cryptography", "Domain", "JSONSyntax", "ProtocolWire", "SQLite"),
        library("Registry", "Bytes", "Cryptography", "Domain", "JSONSyntax", "ProtocolWire", "Store"),
        library("Services", "Bytes", "Cryptography", "Domain", "JSONSyntax", "ProtocolWire", "Registry", "Store"),

        // What a program is to its surroundings: options, log, service manager.
        library("Program", "Bytes", "JSONSyntax"),

        // The daemon: threads around the procedures.
        library(
            "Daemon",
            "Bytes",
            "CLinux",
            "Cryptography",
            "Domain",
            "JSONSyntax",
            "ProtocolWire",
            "Program",
            "Reactor",
            "Registry",
            "SQLite",
            "Store"
        ),
        program(
            "latchkeyd",
            "Daemon",
            "JSONSyntax",
            "ProtocolWire",
            "Program",
            "Reactor",
            "Registry",
            "Services",
            "SQLite",
            "Store"
        ),

        // Everybody else: these know the protocol and nothing of what is behind it.
        library("HTTPAdapter", "Bytes", "JSONSyntax", "ProtocolWire", "Program", "Reactor"),
        program("latchkey-http", "HTTPAdapter", "Program", "Reactor"),
        library("LatchkeyClient", path: "Sources/Client", "Bytes", "JSONSyntax", "ProtocolWire", "Reactor"),
        program("latchkey", path: "tools/latchkey", "JSONSyntax", "LatchkeyClient", "ProtocolWire", "Program"),
        program("bench", path: "tools/bench", "Bytes", "CLinux", "JSONSyntax", "ProtocolWire", "Program", "Reactor"),

        // What tests of several modules need.
        library("TestSupport", path: "Tests/TestSupport"),
        tests("BytesTests", "Bytes"),
        tests("JSONSyntaxTests", "JSONSyntax", "Bytes", "TestSupport"),
        tests("CryptographyTests", "Cryptography", "SHAExtensions", "Bytes"),
        tests("SQLiteTests", "SQLite", "CSQLite"),
        tests("ReactorTests", "Reactor", "Bytes", "CLinux", "TestSupport"),
        tests("ProtocolWireTests", "ProtocolWire", "Bytes", "JSONSyntax"),
        tests("DomainTests", "Domain", "Cryptography", "TestSupport"),
        tests("StoreTests", "Store", "Cryptography", "Domain", "JSONSyntax", "ProtocolWire", "SQLite", "TestSupport"),
        tests("RegistryTests", "Registry", "Bytes", "Domain", "JSONSyntax", "ProtocolWire", "Store"),
        tests(
            "ServicesTests",
            "Services",
            "Bytes",
            "Cryptography",
            "Domain",
            "JSONSyntax",
            "ProtocolWire",
            "Registry",
            "SQLite",
            "Store"
        ),
        tests("ProgramTests", "Program", "JSONSyntax"),
        tests(
            "DaemonTests",
            "Daemon",
            "Bytes",
            "JSONSyntax",
            "ProtocolWire",
            "Reactor",
            "Registry",
            "Services",
            "SQLite",
            "Store"
        ),
        tests(
            "HTTPAdapterTests",
            "HTTPAdapter",
            "Bytes",
            "JSONSyntax",
            "Program",
            "ProtocolWire",
            "Reactor",
            "TestSupport"
        ),
        tests("LatchkeyClientTests", "LatchkeyClient", "Bytes", "JSONSyntax", "ProtocolWire"),
        tests("latchkeyTests", "latchkey", "JSONSyntax", "LatchkeyClient", "Program"),
        tests("BenchTests", "bench", "Bytes", "Program"),

        // Rules about the text of this repository that no formatter can see.
        tests("HouseRulesTests"),

        // Starts the built programs and imports none of their modules.
        tests("IntegrationTests", "latchkeyd", "latchkey-http", "latchkey", "TestSupport", exclude: ["SDK"]),
    ]
)
