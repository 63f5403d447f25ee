import Foundation
import Testing

extension Programs {
    /// The published SDKs, in front of the adapter.
    @Suite struct SDKTests {
        @Test(
            "the published Python SDK calls every procedure it has, by its own models and exceptions",
            .enabled(if: PythonSDK.isInstalled, "tools/test installs it")
        )
        func python() throws {
            let secret = try TemporaryFolder()
            let made = try Program.run("latchkeyd", ["generate-secret", "--to", secret.path("recovery")])
            try #require(made.status == 0, "\(made.complaint)")
            try withAdapter(daemon: ["--recovery-secret-file", secret.path("recovery")]) { daemon, adapter in
                let scene = try Scene(daemon)
                let ending = try PythonSDK.run(
                    "check.py",
                    [
                        "url": "http://127.0.0.1:\(adapter.port)", "root_key": .text(scene.tenant.rootKey),
                        "weak_root_key": try rootKeyWithoutPermissions(scene),
                        "migration_id": try scene.migration(),
                        "recoverable_api_id": try api(scene, "keyRecovery"),
                        "protected_api_id": try api(scene, "deleteProtection"),
                        "gone_namespace": try goneNamespace(scene),
                    ]
                )
                #expect(ending.status == 0, "\(ending.output)\(ending.complaint)")
            }
        }

        /// Of the scene's own workspace, in which it could find things.
        private func rootKeyWithoutPermissions(_ scene: Scene) throws -> JSON {
            try #require(try scene.caller.data("rootKeys.createKey", ["permissions": []])["key"])
        }

        /// The name of a namespace that was used and then deleted.
        private func goneNamespace(_ scene: Scene) throws -> JSON {
            let name = scene.name()
            let params: JSON = ["namespace": name, "identifier": "first", "limit": 1, "duration": 60_000]
            try scene.caller.data("ratelimit.limit", params)
            let workspace = JSON.text(scene.tenant.workspace)
            try scene.desk.data("ratelimit.deleteNamespace", ["workspaceId": workspace, "namespace": name])
            return name
        }

        /// An API with one setting switched on, which only the operator's procedures can.
        private func api(_ scene: Scene, _ setting: String) throws -> JSON {
            let apiID = try scene.api()
            try scene.caller.data("apis.updateApi", JSON.object(["apiId": apiID]).with(setting, .boolean(true)))
            return apiID
        }
    }
}

/// A Python that has the SDK, and the scripts that use it.
private enum PythonSDK {
    private static let checkout = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardizedFileURL
    /// Made by tools/test.
    private static let python = checkout.appending(path: ".build/venv/bin/python").path
    private static let scripts = checkout.appending(path: "Tests/IntegrationTests/SDK")

    static var isInstalled: Bool {
        let probe = try? Program.run(python, ["-c", "import unkey.py"])
        // No Python there at all is as good as one without the SDK.
        return probe?.status == 0
    }

    /// Runs a script to its end, with its standard input.
    static func run(_ script: String, _ input: JSON) throws -> Program.Ending {
        // -B: the checkout is not the place for compiled scripts.
        try Program.run(
            python,
            ["-B", scripts.appending(path: script).path],
            input: String(decoding: try input.bytes, as: UTF8.self)
        )
    }
}
