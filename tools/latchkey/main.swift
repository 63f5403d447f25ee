import Glibc
import Program

StandardStreams.occupy()
// A reader that has seen enough closes the pipe; that is no failure of this program.
signal(SIGPIPE, SIG_DFL)

let environment = processEnvironment()
let tool = Tool(environment: environment)
do throws(ToolFailure) {
    exit(await tool.run(try Arguments.ofProcess()))
} catch {
    exit(tool.output.tell(error))
}
