import Glibc
import HTTPAdapter
import Program
import Reactor

let environment = processEnvironment()
do throws(UsageError) {
    switch try AdapterProgram.read(Array(CommandLine.arguments.dropFirst()), environment: environment) {
    case .print(let text):
        print(text, terminator: "")
    case .serve(let configuration, let address, let log):
        do throws(SystemError) {
            try AdapterProgram.serve(configuration, on: address, log, environment: environment)
        } catch {
            log.write(.error, "failed", ["cause": .string(error.description)])
            exit(1)
        }
    }
} catch {
    let message = Array("latchkey-http: \(error.description)\n".utf8)
    _ = write(STDERR_FILENO, message, message.count)
    exit(2)
}
