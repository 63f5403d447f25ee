import Testing

@testable import HTTPAdapter
