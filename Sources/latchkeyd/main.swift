import Daemon
import Glibc
import Program
import SQLite

StandardStreams.occupy()
// A peer that goes away, or a file that may not grow, is an error of the call that meets it and no reason to die.
signal(SIGPIPE, SIG_IGN)
signal(SIGXFSZ, SIG_IGN)

do {
    try Command.run(Array(CommandLine.arguments.dropFirst()), environment: processEnvironment())
} catch let error as UsageError {
    Command.complain(error.description, status: 2)
} catch {
    Command.complain("\(error)", status: 1)
}
