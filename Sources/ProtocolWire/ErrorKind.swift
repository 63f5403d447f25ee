/// One entry of the error catalogue: what a refusal is called, its status, and when it happens.
///
/// `protocol/errors.md` is printed from ``all``. The code is the last part of `error.type`.
public struct ErrorKind: Sendable, Hashable {
    /// The name, as in `urn:latchkey:error:<code>`.
    public let code: String
    /// `error.status`, and the status of the HTTP reply.
    public let status: Int
    /// `error.title`; fixed by the code.
    public let title: String
    /// When it happens, in a clause.
    public let condition: String

    /// `error.type`.
    public var type: String { "urn:latchkey:error:" + code }

    init(_ code: String, _ status: Int, _ title: String, _ condition: String) {
        self.code = code
        self.status = status
        self.title = title
        self.condition = condition
    }
}

// MARK: - The request itself

extension ErrorKind {
    /// 400.
    public static let invalidInput = ErrorKind(
        "invalid_input",
        400,
        "Bad Request",
        "JSON, schema or semantic fault in the request"
    )
    /// 400.
    public static let bodyUnreadable = ErrorKind(
        "request_body_unreadable",
        400,
        "Bad Request",
        "the body broke off or could not be read"
    )
    /// 404.
    public static let procedureNotFound = ErrorKind(
        "procedure_not_found",
        404,
        "Not Found",
        "unknown method or path"
    )
    /// 405.
    public static let methodNotAllowed = ErrorKind(
        "method_not_allowed",
        405,
        "Method Not Allowed",
        "known path, HTTP method that it does not take"
    )
    /// 408.
    public static let requestTimeout = ErrorKind(
        "request_timeout",
        408,
        "Request Timeout",
        "the time for the request has passed"
    )
    /// 413.
    public static let bodyTooLarge = ErrorKind(
        "request_body_too_large",
        413,
        "Request Entity Too Large",
        "frame or body over the limit"
    )
    /// 415.
    public static let unsupportedMediaType = ErrorKind(
        "unsupported_media_type",
        415,
        "Unsupported Media Type",
        "HTTP body that is not declared to be JSON"
    )
}

// MARK: - A verification

extension ErrorKind {
    /// 400.
    public static let permissionQuerySyntax = ErrorKind(
        "permissions_query_syntax_error",
        400,
        "Bad Request",
        "a permission query that does not parse"
    )
    /// 400; shares its code with ``credentialMalformed``, the status tells them apart.
    public static let secretMalformed = ErrorKind(
        "malformed",
        400,
        "Bad Request",
        "a secret that the migration's algorithm cannot take apart"
    )
}

// MARK: - HTTP itself

extension ErrorKind {
    /// 414.
    public static let requestLineTooLong = ErrorKind(
        "request_line_too_long",
        414,
        "URI Too Long",
        "HTTP request line over the limit"
    )
    /// 417.
    public static let expectationFailed = ErrorKind(
        "expectation_failed",
        417,
        "Expectation Failed",
        "HTTP `Expect` other than `100-continue`"
    )
    /// 431.
    public static let headersTooLarge = ErrorKind(
        "request_headers_too_large",
        431,
        "Request Header Fields Too Large",
        "HTTP header section over the limit"
    )
    /// 505.
    public static let versionNotSupported = ErrorKind(
        "http_version_not_supported",
        505,
        "HTTP Version Not Supported",
        "an HTTP version other than 1.0 and 1.1"
    )
}

// MARK: - The credential

extension ErrorKind {
    /// 401.
    public static let credentialMissing = ErrorKind("missing", 401, "Unauthorized", "no credential")
    /// 401.
    public static let credentialMalformed = ErrorKind(
        "malformed",
        401,
        "Unauthorized",
        "credential not of the form `Bearer <token>`, or an empty token"
    )
    /// 401; shares its code with ``keyNotFound``, the status tells them apart.
    public static let credentialUnknown = ErrorKind(
        "key_not_found",
        401,
        "Unauthorized",
        "root key unknown, deleted, or not a root key"
    )
    /// 403.
    public static let rootKeyExpired = ErrorKind("forbidden", 403, "Forbidden", "root key expired")
    /// 403.
    public static let rootKeyDisabled = ErrorKind("key_disabled", 403, "Key is disabled", "root key disabled")
    /// 403.
    public static let workspaceDisabled = ErrorKind(
        "workspace_disabled",
        403,
        "Workspace is disabled",
        "workspace of the root key disabled"
    )
    /// 403.
    public static let insufficientPermissions = ErrorKind(
        "insufficient_permissions",
        403,
        "Insufficient Permissions",
        "a permission is missing"
    )
    /// 429.
    public static let workspaceRateLimited = ErrorKind(
        "workspace_rate_limited",
        429,
        "Too Many Requests",
        "the workspace has called the API more often than its quota lets it"
    )
    /// 404.
    public static let workspaceNotFound = ErrorKind("workspace_not_found", 404, "Not Found", "the workspace is gone")
}

// MARK: - What the request names

extension ErrorKind {
    /// 404.
    public static let apiNotFound = ErrorKind("api_not_found", 404, "Not Found", "no such API")
    /// 404.
    public static let keyNotFound = ErrorKind(
        "key_not_found",
        404,
        "Not Found",
        "a key named by the request does not exist"
    )
    /// 404.
    public static let identityNotFound = ErrorKind("identity_not_found", 404, "Not Found", "no such identity")
    /// 404.
    public static let migrationNotFound = ErrorKind("migration_not_found", 404, "Not Found", "no such key migration")
    /// 404.
    public static let permissionNotFound = ErrorKind("permission_not_found", 404, "Not Found", "no such permission")
    /// 404.
    public static let roleNotFound = ErrorKind("role_not_found", 404, "Not Found", "no such role")
    /// 404.
    public static let ratelimitNamespaceNotFound = ErrorKind(
        "ratelimit_namespace_not_found",
        404,
        "Not Found",
        "no such rate-limit namespace"
    )
    /// 404.
    public static let ratelimitOverrideNotFound = ErrorKind(
        "ratelimit_override_not_found",
        404,
        "Not Found",
        "no such override in the namespace"
    )
    /// 410.
    public static let ratelimitNamespaceGone = ErrorKind(
        "ratelimit_namespace_gone",
        410,
        "Resource Gone",
        "the rate-limit namespace was deleted; its name stays taken"
    )
    /// 409.
    public static let apiAlreadyExists = ErrorKind(
        "api_already_exists",
        409,
        "Conflicting Resource",
        "API name taken"
    )
    /// 409.
    public static let permissionAlreadyExists = ErrorKind(
        "permission_already_exists",
        409,
        "Conflicting Resource",
        "slug taken, in any ASCII case"
    )
    /// 409.
    public static let roleAlreadyExists = ErrorKind(
        "role_already_exists",
        409,
        "Conflicting Resource",
        "role name taken, in any ASCII case"
    )
    /// 409.
    public static let identityAlreadyExists = ErrorKind(
        "identity_already_exists",
        409,
        "Conflicting Resource",
        "externalId taken"
    )
    /// 412.
    public static let protectedResource = ErrorKind(
        "protected_resource",
        412,
        "Resource is protected",
        "delete protection is on"
    )
    /// 412.
    public static let preconditionFailed = ErrorKind(
        "precondition_failed",
        412,
        "Precondition Failed",
        "a setting that the call needs is off"
    )
}

// MARK: - The idempotency key

extension ErrorKind {
    /// 409.
    public static let idempotencyInProgress = ErrorKind(
        "idempotency_in_progress",
        409,
        "Conflicting Resource",
        "a request with the same idempotency key is still running"
    )
    /// 422.
    public static let idempotencyMismatch = ErrorKind(
        "idempotency_mismatch",
        422,
        "Unprocessable Entity",
        "the idempotency key was used for another procedure or other parameters"
    )
}

// MARK: - The server

extension ErrorKind {
    /// 500.
    public static let unexpected = ErrorKind(
        "unexpected_error",
        500,
        "Internal Server Error",
        "any other failure; the log has the request identifier"
    )
    /// 503.
    public static let overloaded = ErrorKind(
        "overloaded",
        503,
        "Service Unavailable",
        "a bounded queue is full; nothing was done, a retry is safe"
    )
    /// 503.
    public static let daemonUnreachable = ErrorKind(
        "service_unavailable",
        503,
        "Service Unavailable",
        "the adapter cannot reach the daemon, or cannot learn from it what there is"
    )
}

extension ErrorKind {
    /// The catalogue, grouped by when an error can happen.
    public static let groups: [(title: String, kinds: [ErrorKind])] = [
        (
            "The request itself",
            [
                invalidInput, bodyUnreadable, procedureNotFound, methodNotAllowed, requestTimeout, bodyTooLarge,
                unsupportedMediaType,
            ]
        ),
        ("HTTP itself", [requestLineTooLong, expectationFailed, headersTooLarge, versionNotSupported]),
        (
            "The credential",
            [
                credentialMissing, credentialMalformed, credentialUnknown, rootKeyExpired, rootKeyDisabled,
                workspaceDisabled,
                workspaceNotFound, workspaceRateLimited, insufficientPermissions,
            ]
        ),
        ("A verification", [permissionQuerySyntax, secretMalformed]),
        (
            "What the request names",
            [
                apiNotFound, keyNotFound, identityNotFound, migrationNotFound, permissionNotFound, roleNotFound,
                ratelimitNamespaceNotFound, ratelimitOverrideNotFound, apiAlreadyExists, identityAlreadyExists,
                permissionAlreadyExists, roleAlreadyExists, ratelimitNamespaceGone, protectedResource,
                preconditionFailed,
            ]
        ),
        ("The idempotency key", [idempotencyInProgress, idempotencyMismatch]),
        ("The server", [unexpected, overloaded, daemonUnreachable]),
    ]

    /// Every entry.
    public static let all: [ErrorKind] = groups.flatMap(\.kinds)
}
