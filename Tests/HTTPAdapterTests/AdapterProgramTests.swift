import Glibc
import Reactor
import Testing

@testable import HTTPAdapter

@Suite struct AdapterProgramTests {
    @Test(
        "an adapter that cannot listen says what to change",
        arguments: [
            ("bind", EADDRINUSE, "Stop it, or name another port"), ("listen", EADDRINUSE, "or name another port"),
            ("bind", EADDRNOTAVAIL, "Name an address"), ("getaddrinfo", EADDRNOTAVAIL, "Name an address"),
            ("bind", EACCES, "Name a port from 1024 up"), ("accept", EINVAL, "check its unit"),
        ]
    )
    func advice(call: String, code: Int32, advice: String) {
        let error = AdapterError(SystemError(call, on: "127.0.0.1:80", code: code))
        #expect(error.description.contains("127.0.0.1:80") && error.description.contains(advice), "\(error)")
    }

    @Test(
        "another call that fails with the code of a failure to listen is told without advice on where to listen",
        arguments: [
            ("connect", EADDRINUSE), ("connect", EADDRNOTAVAIL), ("socket", EACCES), ("epoll_ctl", EINVAL),
            ("bind", EINVAL), ("epoll_create1", EMFILE),
        ]
    )
    func noAdvice(call: String, code: Int32) {
        let cause = SystemError(call, on: "127.0.0.1:80", code: code)
        #expect(AdapterError(cause).description == "\(cause).")
    }
}
