/// How many insertions, deletions, replacements and exchanges of neighbours make one text of another (optimal string alignment).
public enum EditDistance {
    /// The distance of two texts, in Unicode code points.
    public static func between(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in right.indices {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }

    /// The name that a misspelt one most likely means.
    ///
    /// - Parameters:
    ///   - name: As it was written.
    ///   - names: What could have been meant.
    /// - Returns: The nearest, if it is near, letter case aside: one edit away, or two from a name of more than five letters.
    public static func nearMiss(of name: String, among names: some Sequence<String>) -> String? {
        // Nothing longer is looked at: how long a name is, the caller decides, and this is not worth much time.
        guard name.utf8.count <= 64 else { return nil }
        let written = name.lowercased()
        let ranked = names.compactMap { candidate -> (distance: Int, name: String)? in
            let most = candidate.utf8.count > 5 ? 2 : 1
            guard abs(candidate.utf8.count - name.utf8.count) <= most else { return nil }
            let distance = between(written, candidate.lowercased())
            return distance <= most ? (distance, candidate) : nil
        }
        return ranked.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }
}
