import Glibc
import ProtocolWire
import Reactor
import Synchronization

/// The thread of a client: started by the first call, ended when the client goes.
final class ExchangeThread: Sendable {
    private let mailbox: Mailbox<Command>
    private let thread: Mutex<WorkerThread?>

    init(socket: String, limits: LatchkeyClient.Limits) throws(SystemError) {
        // A call posts itself and at most two cancellations. In one turn of the thread a call may end and leave its cancellations
        // behind, and its place be taken by another: with five for each place, and one for the end, the mailbox is never full.
        let mailbox = try Mailbox<Command>(capacity: 5 * limits.callsMax + 1, isPolled: true)
        let worker = try WorkerThread(name: "latchkey-client") {
            Self.run(socket: socket, limits: limits, mailbox)
        }
        self.mailbox = mailbox
        thread = Mutex(worker)
    }

    deinit {
        _ = mailbox.post(.stop)
        thread.withLock { if let thread = $0.take() { thread.join() } }
    }

    /// - Returns: False when the thread has failed, and with it everything that was posted.
    func post(_ command: Command) -> Bool {
        mailbox.post(command)
    }

    private static func run(socket: String, limits: LatchkeyClient.Limits, _ mailbox: Mailbox<Command>) {
        let exchange = Exchange(socket: socket, limits: limits)
        do throws(SystemError) {
            let reactor = try Reactor(serving: exchange, limits: connectionLimits(limits))
            try reactor.receive(from: mailbox) { [unowned exchange, unowned reactor] commands in
                exchange.take(commands, in: reactor)
            }
            try reactor.run()
            exchange.failAll(.connectionLost)
        } catch {
            exchange.failAll(.connectionLost)
            mailbox.close()
            let failure = LatchkeyError.unreachable(socket: socket, UnreachableReason(error))
            for case .send(let request) in mailbox.takeAll() { request.waiter.resume(returning: .failure(failure)) }
        }
    }

    private static func connectionLimits(_ client: LatchkeyClient.Limits) -> ConnectionLimits {
        var limits = ConnectionLimits()
        // A client that stopped reading because its own output waits could wait for a daemon that does the same.
        limits.highWaterBytes = .max
        // One request must always fit.
        limits.outputBytesMax = max(limits.outputBytesMax, Frame.headerBytes + client.requestBytesMax)
        return limits
    }
}

extension UnreachableReason {
    init(_ error: SystemError) {
        switch error.code {
        case ENOENT, ENOTDIR: self = .missing
        case ECONNREFUSED: self = .refused
        case EACCES, EPERM: self = .denied
        case EAGAIN: self = .busy
        case ENAMETOOLONG: self = .other("the path is longer than the 107 bytes that a socket's may have")
        default: self = .other(String(cString: strerror(error.code)))
        }
    }
}
