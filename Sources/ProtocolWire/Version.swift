/// The product's version, as all its programs tell it.
public enum Version {
    /// Semantic version 2.0.
    public static let text = "0.1.0"
}
