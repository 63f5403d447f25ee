// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode, existentials spelt `any`, imports internal unless they say `public`, no warning let through.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, path: String? = nil, _ dependencies: Target.Dependency...) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
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
        library("Cryptography", "Bytes", "CLinux"),
        library("SQLite", "CSQLite"),
        library("Reactor", "Bytes", "CLinux"),

        // The contract, and what it is about.
        library("ProtocolWire", "Bytes", "JSONSyntax"),
        library("Domain", "Cryptography"),
        library("Store", "Bytes", "Cryptography", "Domain", "JSONSyntax", "ProtocolWire", "SQLite"),
        library("Registry", "Bytes", "Cryptography", "Domain", "JSONSyntax", "ProtocolWire", "Store"),
        library("Services", "Bytes", "Cryptography", "Domain", "JSONSyntax", "ProtocolWire", "Registry", "Store"),

        library("HTTPAdapter", "Bytes", "JSONSyntax", "ProtocolWire", "Reactor"),

        program("bench", path: "tools/bench", "CLinux"),

        tests("BytesTests", "Bytes"),
        tests("JSONSyntaxTests", "JSONSyntax", "Bytes"),
        tests("CryptographyTests", "Cryptography", "Bytes"),
        tests("SQLiteTests", "SQLite", "CSQLite"),
        tests("ReactorTests", "Reactor", "Bytes", "CLinux"),
        tests("HTTPAdapterTests", "HTTPAdapter", "Bytes"),
    ]
)
