import Bytes
import Testing

@testable import bench

@Suite struct ReportTests {
    @Test("a median is the middle one, or the mean of the two in the middle")
    func median() {
        #expect(Figure.median([]) == 0)
        #expect(Figure.median([3, 1, 2]) == 2)
        #expect(Figure.median([4, 1, 2, 3]) == 2.5)
    }

    @Test("a ratio is taken within each round, so that a machine that slows down in one of them falls out")
    func ratio() {
        let throughput = Figure.all[0]
        let echo = [100, 10, 100].map { RunResult(requests: $0, seconds: 1) }
        let product = [50, 5, 50].map { RunResult(requests: $0, seconds: 1) }
        #expect(throughput.ratio(product, to: echo) == 0.5)
    }

    @Test("numbers are rounded, and have commas between thousands")
    func format() {
        #expect(TextReport.format(0, 0) == "0")
        #expect(TextReport.format(999.5, 0) == "1,000")
        #expect(TextReport.format(1_234_567, 0) == "1,234,567")
        #expect(TextReport.format(1_234.056, 2) == "1,234.06")
        #expect(TextReport.format(0.9996, 3) == "1.000")
        #expect(TextReport.format(.nan, 3) == "-")
    }

    @Test("the numbers of the kernel's status lines are found by the end of their names")
    func status() {
        let status = "Name:\tx\nVmRSS:\t  1234 kB\nvoluntary_ctxt_switches:\t5\nnonvoluntary_ctxt_switches:\t6\n"
        #expect(ProcessUsage.numbers(of: "VmRSS:", in: status) == [1_234])
        #expect(ProcessUsage.numbers(of: "ctxt_switches:", in: status) == [5, 6])
    }

    @Test("the echo server sends back whole frames, keeps the beginning of one, and refuses what is too long")
    func echo() {
        func whole(_ bytes: [UInt8]) -> Int? {
            var input = ByteBuffer()
            var output = ByteBuffer()
            input.append(bytes)
            guard EchoServer.echo(&input, to: &output) else { return nil }
            let (sent, kept) = (Array(output.readable), Array(input.readable))
            #expect(sent + kept == bytes)
            return sent.count
        }
        #expect(whole([]) == 0)
        #expect(whole([0, 0, 0, 1]) == 0)
        #expect(whole([0, 0, 0, 1, 9]) == 5)
        #expect(whole([0, 0, 0, 1, 9, 0, 0, 0, 0, 0, 0]) == 9)
        #expect(whole([255, 0, 0, 0, 1]) == nil)
    }
}
