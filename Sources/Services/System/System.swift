import Registry

/// What anyone may ask: how the daemon is, and what it can do.
enum System {
    static let procedures = [GetHealth.procedure, ListProcedures.procedure]
}
