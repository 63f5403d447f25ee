/// What a connection of the adapter's reactor is.
public struct Session {
    enum Side {
        case client(ClientSession)
        case daemon(DaemonLink)
    }

    let side: Side
}
