import Glibc
import Program

// Everything is on the command line, so that a printed command can be repeated: the environment is not looked at.
var words = CommandLineOptions(Array(CommandLine.arguments.dropFirst()), environment: [:])
exit(BenchCommand.run(&words))
