import Glibc
import Program

StandardStreams.occupy()
// A reader that has seen enough closes the pipe; that is no failure of this program.
signal(SIGPIPE, SIG_DFL)

let environment = processEnvironment()
exit(await Tool(environment: environment).run(Array(CommandLine.arguments.dropFirst())))
