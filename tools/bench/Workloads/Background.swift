/// Load that is there while another is measured: `create-key@64` is 64 connections that create keys as fast as they may.
struct Background: Sendable {
    let mix: WorkloadMix
    let point: LoadPoint

    /// Reads `WORKLOAD@POINT`, such as `create-key@64` or `verify=9,create-key=1@16x4`.
    init?(_ text: String) {
        let pair = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, let mix = WorkloadMix(pair[0]), mix.needsProduct, let point = LoadPoint(pair[1]) else {
            return nil
        }
        self.mix = mix
        self.point = point
    }
}
