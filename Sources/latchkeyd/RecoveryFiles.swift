import Cryptography
import Glibc
import Program
import Store

/// The files that hold recovery secrets: 64 hexadecimal digits and a line feed, for nobody's eyes but the daemon's.
enum RecoveryFiles {
    /// The secrets that the command line names.
    ///
    /// - Parameters:
    ///   - current: The file of the present secret.
    ///   - previous: The file of the one before it.
    /// - Returns: `nil` where there is none.
    /// - Throws: ``UsageError`` for a file that is missing, readable by others, or no secret.
    static func read(current: String?, previous: String?) throws -> RecoverySecrets? {
        guard let current else {
            guard previous == nil else {
                throw UsageError(
                    "--previous-recovery-secret-file goes with --recovery-secret-file, which names the present secret."
                )
            }
            return nil
        }
        let secrets = try [current, previous].compactMap(\.self).map(secret)
        guard secrets.count == 1 || secrets[0] != secrets[1] else {
            throw UsageError(
                "Both recovery secret files hold the same secret. Leave out --previous-recovery-secret-file."
            )
        }
        return RecoverySecrets(current: secrets[0], previous: secrets.count > 1 ? secrets[1] : nil)
    }

    /// A new secret, as a file holds it.
    static func newText() -> String {
        var random = RandomPool()
        return Hexadecimal.encode(random.bytes(RecoverySecrets.secretBytes)) + "\n"
    }

    /// Writes a new secret into a file that only its owner can read.
    ///
    /// - Parameter path: Where no file may be yet: a secret that is overwritten takes all copies with it.
    /// - Throws: ``UsageError``.
    static func create(_ path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw UsageError("\(path) cannot be made: \(reason()). Name a new file.") }
        defer { close(descriptor) }
        let text = Array(newText().utf8)
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            throw UsageError("\(path) cannot be written: \(reason()). Delete it and try again.")
        }
    }

    private static func secret(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw UsageError(
                "The recovery secret file \(path) cannot be read: \(reason()). Make one with latchkeyd generate-secret --to PATH."
            )
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw UsageError("The recovery secret file \(path) can be read by others. Run: chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        let text = bytes.prefix(max(0, count)).filter { $0 > 0x20 }
        guard let secret = Hexadecimal.decode(text), secret.count == RecoverySecrets.secretBytes else {
            throw UsageError(
                "The recovery secret file \(path) does not hold 64 hexadecimal digits. Make one with latchkeyd generate-secret "
                    + "--to PATH."
            )
        }
        return secret
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}

/// `latchkeyd generate-secret`: a new recovery secret.
enum GenerateSecret {
    private static let destination = Setting.text(
        "to",
        "PATH",
        "A new file for it, mode 0600; else standard output."
    )

    static func run(_ options: inout CommandLineOptions) throws {
        let path = try options.takeOptional(destination)
        try options.finish()
        guard let path else { return try Command.tell(secret: RecoveryFiles.newText()) }
        try RecoveryFiles.create(path)
        try Command.tell("\(path) holds a new recovery secret; keep a copy of it apart from the database")
    }

    /// One line for each option.
    static func helpLines() throws -> [String] {
        var options = CommandLineOptions([], environment: [:])
        _ = try options.takeOptional(destination)
        return options.helpLines
    }
}
