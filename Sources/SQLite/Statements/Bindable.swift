/// A value that can stand for one placeholder.
///
/// Types of the domain conform by handing on the value they are stored as.
public protocol Bindable {
    /// Hands the value to `binder`, in exactly one call.
    func bind(to binder: inout Binder)
}

extension Int64: Bindable {
    /// Binds an integer.
    @inlinable
    public func bind(to binder: inout Binder) { binder.integer(self) }
}

extension Int: Bindable {
    /// Binds an integer.
    @inlinable
    public func bind(to binder: inout Binder) { binder.integer(Int64(self)) }
}

extension Bool: Bindable {
    /// Binds 1 for true and 0 for false.
    @inlinable
    public func bind(to binder: inout Binder) { binder.integer(self ? 1 : 0) }
}

extension Double: Bindable {
    /// Binds a floating-point number; NaN becomes null.
    @inlinable
    public func bind(to binder: inout Binder) { binder.real(self) }
}

extension String: Bindable {
    /// Binds text, code point for code point.
    public func bind(to binder: inout Binder) {
        var contiguous = self
        contiguous.withUTF8 { binder.text($0) }
    }
}

extension StaticString: Bindable {
    /// Binds a literal, without a copy.
    @inlinable
    public func bind(to binder: inout Binder) { binder.text(self) }
}

extension [UInt8]: Bindable {
    /// Binds a blob.
    @inlinable
    public func bind(to binder: inout Binder) {
        withUnsafeBytes { binder.blob($0) }
    }
}

extension UnsafeRawBufferPointer: Bindable {
    /// Binds a copy of the bytes as a blob.
    @inlinable
    public func bind(to binder: inout Binder) { binder.blob(self) }
}

extension Optional: Bindable where Wrapped: Bindable {
    /// Binds the value, or null.
    @inlinable
    public func bind(to binder: inout Binder) {
        switch self {
        case .some(let value): value.bind(to: &binder)
        case .none: binder.null()
        }
    }
}
