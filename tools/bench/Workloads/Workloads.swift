extension Workload {
    /// Every workload there is; a new one is declared below and named here.
    static let all = [
        health, verify, spend, verifyLimited, limit, createAPI, createKey, getKey, listKeys, listKeysLast, echo,
    ]

    private static let health = Workload(
        name: "health",
        meaning: "system.getHealth: what the daemon costs when a procedure costs nothing",
        source: .product { _ throws(BenchFailure) in
            RequestShape("system.getHealth", expectedData: #"{"status":"ok""#)
        }
    )

    private static let verify = Workload(
        name: "verify",
        meaning: "keys.verifyKey of valid keys, --keys of them in random order",
        source: .product { stage throws(BenchFailure) in
            RequestShape(
                "keys.verifyKey",
                credential: stage.rootKey,
                head: #"{"key":"#,
                field: .oneOf(try stage.keys()),
                expectedData: #"{"valid":true"#
            )
        }
    )

    private static let spend = Workload(
        name: "spend",
        meaning: "the same of keys with credits, each of which is spent durably",
        isDurable: true,
        source: .product { stage throws(BenchFailure) in
            RequestShape(
                "keys.verifyKey",
                credential: stage.rootKey,
                head: #"{"key":"#,
                field: .oneOf(try stage.keys(#","credits":{"remaining":1000000000}"#)),
                expectedData: #"{"valid":true"#
            )
        }
    )

    private static let verifyLimited = Workload(
        name: "verify-limited",
        meaning: "the same of keys with a limit that is checked each time and never reached",
        source: .product { stage throws(BenchFailure) in
            let limit = #"{"name":"requests","limit":1000000000,"duration":60000,"autoApply":true}"#
            return RequestShape(
                "keys.verifyKey",
                credential: stage.rootKey,
                head: #"{"key":"#,
                field: .oneOf(try stage.keys(#","ratelimits":[\#(limit)]"#)),
                expectedData: #"{"valid":true"#
            )
        }
    )

    private static let limit = Workload(
        name: "limit",
        meaning: "ratelimit.limit in one namespace, of --keys identifiers in random order, none at its limit",
        source: .product { stage throws(BenchFailure) in
            RequestShape(
                "ratelimit.limit",
                credential: stage.rootKey,
                head: #"{"namespace":"bench","limit":1000000000,"duration":60000,"identifier":"#,
                field: .oneOf(FieldTable((0..<stage.keyCount).map { "user_\($0)" })),
                expectedData: #"{"success":true"#
            )
        }
    )

    private static let createAPI = Workload(
        name: "create-api",
        meaning: "apis.createApi with a new name each time, durable",
        isDurable: true,
        source: .product { stage throws(BenchFailure) in
            RequestShape(
                "apis.createApi",
                credential: stage.rootKey,
                head: #"{"name":"#,
                field: .unique(prefix: "bench-\(stage.tag)-"),
                expectedData: #"{"apiId":"#
            )
        }
    )

    private static let createKey = Workload(
        name: "create-key",
        meaning: "keys.createKey in one API, durable",
        isDurable: true,
        source: .product { stage throws(BenchFailure) in
            RequestShape(
                "keys.createKey",
                credential: stage.rootKey,
                head: #"{"apiId":"\#(try stage.apiID())""#,
                expectedData: #"{"keyId":"#
            )
        }
    )

    private static let getKey = Workload(
        name: "get-key",
        meaning: "keys.getKey of keys spread over one API, in random order",
        source: .product { stage throws(BenchFailure) in
            RequestShape(
                "keys.getKey",
                credential: stage.rootKey,
                head: #"{"keyId":"#,
                field: .oneOf(FieldTable(try stage.population().sample)),
                expectedData: #"{"keyId":"#
            )
        }
    )

    private static let listKeys = Workload(
        name: "list-keys",
        meaning: "apis.listKeys, the first page of \(Population.pageRows)",
        source: .product { stage throws(BenchFailure) in
            let apiID = try stage.population().apiID
            return page(of: stage.rootKey, #"{"apiId":"\#(apiID)","limit":\#(Population.pageRows)}"#)
        }
    )

    private static let listKeysLast = Workload(
        name: "list-keys-last",
        meaning: "apis.listKeys, the last page of \(Population.pageRows)",
        source: .product { stage throws(BenchFailure) in
            let population = try stage.population()
            let cursor = population.lastPageCursor
            return page(
                of: stage.rootKey,
                #"{"apiId":"\#(population.apiID)","limit":\#(Population.pageRows),"cursor":"\#(cursor)"}"#
            )
        }
    )

    private static func page(of rootKey: String, _ params: String) -> RequestShape {
        RequestShape(
            "apis.listKeys",
            credential: rootKey,
            head: String(params.dropLast()),
            expectedData: #"[{"keyId":"#
        )
    }

    private static let echo = Workload(
        name: "echo",
        meaning: "a frame of verify's size, to the echo server alone: the limit of this machine and of the generator",
        source: .echoAlone(
            RequestShape(
                "keys.verifyKey",
                credential: "latchkey_00000000000000000000000000000000",
                head: #"{"key":"#,
                field: .oneOf(FieldTable(["0000000000000000000000"]))
            )
        )
    )
}
