import Program
import Testing

@testable import bench

@Suite struct LoadPointTests {
    @Test("a point is connections x requests under way, the latter 1 where it is left out")
    func points() {
        #expect(LoadPoint("64x16") == LoadPoint(connections: 64, pipeline: 16))
        #expect(LoadPoint("64") == LoadPoint(connections: 64, pipeline: 1))
        #expect(LoadPoint("10000x10000") == LoadPoint(connections: 10_000, pipeline: 10_000))
    }

    @Test(
        "what is no point is refused",
        arguments: ["", "x", "1x", "x1", "0", "0x1", "1x0", "10001", "1x10001", "1x1x1", "-1", "1,1", " 1", "a"]
    )
    func refused(text: String) {
        #expect(LoadPoint(text) == nil)
    }

    @Test("a list of points has no empty and no wrong part")
    func lists() {
        #expect(LoadPoint.list("1x1,64x16")?.map(\.description) == ["1x1", "64x16"])
        #expect(LoadPoint.list("") == nil)
        #expect(LoadPoint.list("1x1,") == nil)
        #expect(LoadPoint.list("1x1,y") == nil)
    }

    @Test("a group's requests go round its connections at even distances")
    func schedule() {
        let times = (0..<2).flatMap { number in
            (0..<3).map { LoadGroup.due(number, of: $0, connections: 3, rate: 1_000) }
        }
        #expect(times == [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000])
    }
}

@Suite struct WorkloadMixTests {
    private func parts(_ text: String) -> [String]? {
        WorkloadMix(text)?.parts.map { "\($0.workload.name) \($0.weight)" }
    }

    @Test("a mix is workloads with weights, 1 where none is given")
    func mixes() {
        #expect(parts("verify=9,create-key=1") == ["verify 9", "create-key 1"])
        #expect(parts("verify,health=3") == ["verify 1", "health 3"])
        #expect(parts("verify=1000") == ["verify 1000"])
        #expect(WorkloadMix("verify=9,create-key=1")?.description == "verify=9,create-key=1")
    }

    @Test(
        "what is no mix is refused",
        arguments: [
            "", "nothing", "verify=", "verify=0", "verify=-1", "verify=1001", "verify=999,health=2", "verify,verify",
        ]
    )
    func refused(text: String) {
        #expect(parts(text) == nil)
    }

    @Test("the echo server's own workload is not mixed with the product's")
    func echo() {
        #expect(parts("echo") == ["echo 1"])
        #expect(parts("echo,verify") == nil)
    }

    @Test("load in the background is a mix at a point, of the product alone")
    func background() {
        let background = Background("verify=9,create-key=1@16x4")
        #expect(background?.mix.description == "verify=9,create-key=1")
        #expect(background?.point.description == "16x4")
        #expect(Background("create-key@64")?.point.description == "64x1")
        for text in ["create-key", "create-key@", "@64", "echo@64", "nothing@64", "create-key@0"] {
            #expect(Background(text) == nil, "\(text)")
        }
    }
}

@Suite struct BenchOptionsTests {
    private func read(_ words: String...) throws -> BenchOptions {
        var options = CommandLineOptions(words, environment: [:])
        let settings = try BenchOptions(&options, seed: 7)
        try options.finish()
        return settings
    }

    @Test("without options: health and verify at four points, three rounds of two seconds, a drawn seed")
    func standard() throws {
        let settings = try read()
        #expect(settings.measuredMixes.map(\.description) == ["health", "verify"])
        #expect(settings.points.map(\.description) == ["1x1", "16x1", "64x1", "64x16"])
        #expect(settings.rounds == 3)
        #expect(settings.durationNanoseconds == 2_000_000_000)
        #expect(settings.seed == 7)
    }

    @Test("connections or a pipeline stand in place of the points")
    func single() throws {
        #expect(try read("--connections", "3").points.map(\.description) == ["3x1"])
        #expect(try read("--pipeline", "4").points.map(\.description) == ["1x4"])
        #expect(try read("--connections=3", "--pipeline=4", "--points", "9").points.map(\.description) == ["3x4"])
    }

    @Test("a running daemon needs socket and root key, and is not measured over HTTP")
    func attachment() throws {
        #expect(try read("--socket", "a", "--root-key", "k").attachment?.socket == "a")
        #expect(throws: UsageError.self) { try read("--socket", "a") }
        #expect(throws: UsageError.self) { try read("--root-key", "k") }
        #expect(throws: UsageError.self) { try read("--socket", "a", "--root-key", "k", "--http") }
    }

    @Test("a seeded database is opened by a daemon of its own, and is what another is set against")
    func databases() throws {
        #expect(try read("--database", "a", "--against", "b").otherDatabase == "b")
        #expect(throws: UsageError.self) { try read("--against", "b") }
        #expect(throws: UsageError.self) { try read("--database", "a", "--socket", "s", "--root-key", "k") }
    }
}
