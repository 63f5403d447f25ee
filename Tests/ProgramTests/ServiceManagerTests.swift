import Glibc
import JSONSyntax
import Testing

@testable import Program

@Suite struct ServiceManagerTests {
    @Test(
        "a state is sent to the socket of the service manager, in the file system or the abstract name space",
        arguments: [true, false]
    )
    func notify(isAbstract: Bool) throws {
        let name = "/tmp/latchkey-test-notify-\(UInt64.random(in: 0 ... .max))"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = isAbstract ? [0] + Array(name.utf8) : Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        defer { close(descriptor) }
        let status = withUnsafePointer(to: &address) { pointer in
            let generic = UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, generic, socklen_t(MemoryLayout<sa_family_t>.size + bytes.count))
        }
        try #require(status == 0)
        defer { if !isAbstract { unlink(name) } }
        ServiceManager.notify("READY=1", environment: ["NOTIFY_SOCKET": isAbstract ? "@" + name : name])
        var message = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &message, message.count, 0)
        #expect(String(decoding: message.prefix(max(0, count)), as: UTF8.self) == "READY=1")
    }

    @Test("without a service manager, or with one that does not listen, nothing happens")
    func nobody() {
        let far = "/" + String(repeating: "a", count: 200)
        for path in [nil, "", "/nowhere/at/all", far, "@nobody-listens-here"] {
            ServiceManager.notify("READY=1", environment: path.map { ["NOTIFY_SOCKET": $0] } ?? [:])
        }
    }

    @Test("inherited sockets are those of this process, by name where the unit has names")
    func inherited() {
        func sockets(_ count: String?, _ names: String? = nil, process: String = String(getpid())) -> [ServiceManager
            .InheritedSocket]
        {
            var environment = ["LISTEN_PID": process]
            environment["LISTEN_FDS"] = count
            environment["LISTEN_FDNAMES"] = names
            return ServiceManager.inheritedSockets(environment: environment)
        }
        #expect(
            sockets("2", "api:operator") == [.init(descriptor: 3, name: "api"), .init(descriptor: 4, name: "operator")]
        )
        #expect(sockets("2", ":b").map(\.name) == ["", "b"])
        #expect(sockets("2", "a").map(\.name) == ["a", ""])
        #expect(sockets("1").map(\.name) == [""])
        for count in [nil, "0", "-1", "x", ""] { #expect(sockets(count) == []) }
        #expect(sockets("1", process: "1") == [], "they were meant for another process")
        #expect(ServiceManager.inheritedSockets(environment: [:]) == [])
    }

    @Test("the environment holds what was set, equals signs included")
    func environment() {
        setenv("LATCHKEY_TEST_VARIABLE", "a=b", 1)
        #expect(processEnvironment()["LATCHKEY_TEST_VARIABLE"] == "a=b")
    }
}

@Suite struct LogTests {
    @Test("an event is one line of JSON; those below the level are not written")
    func lines() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let log = Log(program: "test", level: .info, descriptor: ends[1])
        log.write(.debug, "unseen")
        log.write(.info, "started", ["path": "a\nb", "count": 2])
        log.write(.error, "failed")
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(ends[0], &bytes, bytes.count)
        close(ends[0])
        let lines = bytes.prefix(max(0, count)).split(separator: UInt8(ascii: "\n"))
        let values = try lines.map { try JSONValue(parsing: Array($0)) }
        #expect(values.map { $0["event"] } == ["started", "failed"])
        #expect(values.first?["path"] == "a\nb")
        #expect(values.first?["level"] == "info")
        #expect(values.first?["program"] == "test")
        #expect(try #require(values.first?["time"]?.integer) > 1_600_000_000_000)
    }
}
