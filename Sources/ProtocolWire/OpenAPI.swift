public import JSONSyntax

/// The HTTP face of the procedures, as an OpenAPI 3.1 document.
///
/// Made from what `system.listProcedures` tells, so the page that the adapter serves is always that of the daemon behind it.
public enum OpenAPI {
    /// The document.
    ///
    /// - Parameters:
    ///   - procedures: Descriptions, as `system.listProcedures` gives them.
    ///   - version: The product's version.
    /// - Returns: The document, a JSON object.
    public static func document(describing procedures: [JSONValue], version: String) -> JSONValue {
        let paths = procedures.compactMap { description -> JSONValue.Member? in
            guard let method = description["method"]?.string else { return nil }
            return JSONValue.Member(name: "/v2/\(method)", value: ["post": operation(method, description)])
        }
        let liveness = JSONValue.Member(name: "/v2/liveness", value: ["get": livenessOperation])
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Latchkey",
                "version": .string(version),
                "description":
                    "Issues, verifies, rate-limits and audits API keys. Every call is a POST of one JSON object, or array.",
                "license": ["name": "Proprietary"],
            ],
            "servers": [["url": "http://127.0.0.1:8080"]],
            "security": [["rootKey": []]],
            "paths": .object([liveness] + paths),
            "components": components,
        ]
    }

    private static func operation(_ method: String, _ description: JSONValue) -> JSONValue {
        let service = method.split(separator: ".").first.map(String.init) ?? method
        var members: [(String, JSONValue)] = [
            ("operationId", .string(method)),
            ("tags", .array([.string(service)])),
            ("summary", description["summary"] ?? ""),
            ("description", .string(prose(description))),
            ("x-verb", description["verb"] ?? ""),
            ("x-idempotency", description["idempotency"] ?? ""),
            ("x-sockets", description["sockets"] ?? []),
            ("x-permission", description["permission"] ?? ""),
        ]
        if description["access"]?.string?.hasPrefix("Anyone") == true { members.append(("security", .array([]))) }
        if isChange(description) {
            members.append(("parameters", [["$ref": "#/components/parameters/IdempotencyKey"]]))
        }
        members.append(("requestBody", requestBody(description)))
        members.append(("responses", .object(responses(description))))
        return object(members)
    }

    /// Whether it takes an idempotency key.
    private static func isChange(_ description: JSONValue) -> Bool {
        description["changes"]?.string != "nothing"
    }

    private static func prose(_ description: JSONValue) -> String {
        let promise = description["promise"]?.string ?? ""
        let changes = description["changes"]?.string ?? ""
        let access = description["access"]?.string ?? ""
        return "\(promise) Changes: \(changes). Caller: \(access)"
    }

    private static func requestBody(_ description: JSONValue) -> JSONValue {
        let examples = (description["examples"]?.array ?? []).enumerated().map { index, example in
            JSONValue.Member(name: "example\(index + 1)", value: ["value": example["params"] ?? [:]])
        }
        return [
            "required": true,
            "content": [
                "application/json": ["schema": description["parameters"] ?? [:], "examples": .object(examples)]
            ],
        ]
    }

    private static func responses(_ description: JSONValue) -> [JSONValue.Member] {
        var envelope: [(String, JSONValue)] = [
            ("meta", ["$ref": "#/components/schemas/Meta"]), ("data", description["reply"] ?? [:]),
        ]
        if description["paged"]?.boolean == true {
            envelope.append(("pagination", ["$ref": "#/components/schemas/Pagination"]))
        }
        let schema: JSONValue = [
            "type": "object",
            "properties": object(envelope),
            "required": .array(envelope.map { .string($0.0) }),
        ]
        var success: [(String, JSONValue)] = [("description", "The outcome.")]
        if isChange(description) {
            success.append(("headers", ["Idempotent-Replayed": ["$ref": "#/components/headers/IdempotentReplayed"]]))
        }
        success.append(("content", ["application/json": ["schema": schema]]))
        let general = [400, 401, 403, 404, 408, 413, 415, 429, 500, 503]
        let own = (description["errors"]?.array ?? []) + (isChange(description) ? idempotencyErrors : [])
        let statuses = Set(general + own.compactMap { $0["status"]?.integer.map(Int.init) })
        let failures = statuses.sorted().map { status in
            JSONValue.Member(name: "\(status)", value: failure(status, own))
        }
        return [JSONValue.Member(name: "200", value: object(success))] + failures
    }

    /// The refusals of every procedure that takes an idempotency key.
    private static let idempotencyErrors: [JSONValue] = [ErrorKind.idempotencyInProgress, .idempotencyMismatch].map {
        ["code": .string($0.code), "status": .integer(Int64($0.status)), "condition": .string($0.condition)]
    }

    private static func failure(_ status: Int, _ own: [JSONValue]) -> JSONValue {
        let conditions = own.filter { $0["status"]?.integer == Int64(status) }.map {
            "`\($0["code"]?.string ?? "")`: \($0["condition"]?.string ?? "")"
        }
        let title = ErrorKind.all.first { $0.status == status }?.title ?? "Refused"
        return [
            "description": .string(
                conditions.isEmpty ? "\(title)." : "\(title). \(conditions.joined(separator: "; "))."
            ),
            "content": [
                "application/json": ["schema": ["$ref": "#/components/schemas/ErrorReply"]],
                "application/problem+json": ["schema": ["$ref": "#/components/schemas/ErrorReply"]],
            ],
        ]
    }

    private static let livenessOperation: JSONValue = [
        "operationId": "liveness",
        "tags": ["system"],
        "summary": "Answers while the daemon answers.",
        "security": [],
        "responses": [
            "200": [
                "description": "The daemon answers.",
                "content": [
                    "application/json": [
                        "schema": [
                            "type": "object",
                            "properties": [
                                "meta": ["$ref": "#/components/schemas/Meta"],
                                "data": [
                                    "type": "object", "properties": ["message": ["type": "string"]],
                                    "required": ["message"],
                                ],
                            ],
                            "required": ["meta", "data"],
                        ]
                    ]
                ],
            ],
            "503": [
                "description": "The daemon does not answer.",
                "content": ["application/json": ["schema": ["$ref": "#/components/schemas/ErrorReply"]]],
            ],
        ],
    ]

    private static let components: JSONValue = [
        "securitySchemes": ["rootKey": ["type": "http", "scheme": "bearer"]],
        "parameters": [
            "IdempotencyKey": [
                "name": "Idempotency-Key",
                "in": "header",
                "description": .string(
                    "Makes the change safe to send again: for 24 hours the same root key gets the first reply, and nothing is done."
                ),
                "schema": ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"],
            ]
        ],
        "headers": [
            "IdempotentReplayed": [
                "description": "There when this is the reply to an earlier request with the same Idempotency-Key.",
                "schema": ["type": "string", "enum": ["true"]],
            ]
        ],
        "schemas": [
            "Meta": [
                "type": "object",
                "properties": [
                    "requestId": ["type": "string", "pattern": "^req_[a-zA-Z0-9]{9}$"],
                    "replayed": ["type": "boolean", "enum": [true]],
                ],
                "required": ["requestId"],
            ],
            "Pagination": [
                "type": "object",
                "properties": [
                    "hasMore": ["type": "boolean"], "cursor": ["type": "string", "minLength": 1, "maxLength": 1024],
                ],
                "required": ["hasMore"],
            ],
            "Fault": [
                "type": "object",
                "properties": [
                    "location": ["type": "string"], "message": ["type": "string"], "fix": ["type": "string"],
                ],
                "required": ["location", "message"],
            ],
            "ErrorReply": [
                "type": "object",
                "properties": [
                    "meta": ["$ref": "#/components/schemas/Meta"],
                    "error": [
                        "type": "object",
                        "properties": [
                            "title": ["type": "string"], "detail": ["type": "string"], "status": ["type": "integer"],
                            "type": ["type": "string"],
                            "errors": ["type": "array", "items": ["$ref": "#/components/schemas/Fault"]],
                        ],
                        "required": ["title", "detail", "status", "type"],
                    ],
                ],
                "required": ["meta", "error"],
            ],
        ],
    ]

    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { JSONValue.Member(name: $0.0, value: $0.1) })
    }
}
