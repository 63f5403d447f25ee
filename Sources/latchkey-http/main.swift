import Glibc
import HTTPAdapter
import Program

StandardStreams.occupy()
let environment = processEnvironment()
do {
    switch try AdapterProgram.read(Array(CommandLine.arguments.dropFirst()), environment: environment) {
    case .print(let text): try AdapterProgram.print(text)
    case .serve(let configuration, let address, let log):
        try AdapterProgram.serve(configuration, on: address, log, environment: environment)
    }
} catch {
    _ = StandardStreams.write("latchkey-http: \(error)\n", to: StandardStreams.error)
    exit(error is UsageError ? 2 : 1)
}
