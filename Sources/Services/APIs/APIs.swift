import Registry

/// Namespaces that keys are issued in.
enum APIs {
    static let procedures = [
        CreateAPI.procedure, GetAPI.procedure, UpdateAPI.procedure, DeleteAPI.procedure, ListKeys.procedure,
    ]

    static let strictID = Shape.string(length: 8...255, matching: .identifier)
    static let name = Shape.string(length: 3...255, matching: .apiName)
}
