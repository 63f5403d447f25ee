import Glibc

/// The most descriptors that this process may have open: each connection takes one.
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one, which is what the system grants without asking (getrlimit(2)).
    public static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
