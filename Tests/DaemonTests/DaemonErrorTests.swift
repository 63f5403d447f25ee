import Glibc
import Reactor
import Testing

@testable import Daemon

@Suite struct DaemonErrorTests {
    @Test(
        "a call that fails at the start is told with what to change",
        arguments: [
            ("bind", EADDRINUSE, "name another path"), ("bind", ENAMETOOLONG, "Name a shorter one"),
            ("bind", EEXIST, "a file of another kind"), ("accept", EINVAL, "Check its unit"),
            ("epoll_create1", EMFILE, "more descriptors"), ("bind", EACCES, "The folder has to exist and be writable"),
            ("open", ENOENT, "The folder has to exist and be writable"),
        ]
    )
    func advice(call: String, code: Int32, advice: String) {
        let error = DaemonError.system(SystemError(call, on: "/run/api", code: code))
        #expect(error.description.contains("/run/api") && error.description.contains(advice), "\(error)")
    }

    @Test(
        "where nothing of the configuration is to blame, it is told without advice",
        arguments: [("epoll_ctl", EINVAL), ("write", ENOSPC), ("pthread_create", EAGAIN), ("connect", EADDRINUSE)]
    )
    func noAdvice(call: String, code: Int32) {
        let cause = SystemError(call, on: "/run/api", code: code)
        #expect(DaemonError.system(cause).description == "\(cause).")
    }
}
