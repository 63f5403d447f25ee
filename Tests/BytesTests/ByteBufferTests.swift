import Bytes
import Testing

@Suite struct ByteBufferTests {
    @Test("what is appended is read back in order, across growth and consumption")
    func appendAndConsume() {
        var generator = SystemRandomNumberGenerator()
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        for step in 0..<5_000 {
            if step % 3 == 2 {
                let taken = Int.random(in: 0...model.count, using: &generator)
                buffer.consume(taken)
                model.removeFirst(taken)
            } else {
                let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                buffer.append(bytes)
                model += bytes
            }
            #expect(Array(buffer.readable) == model)
        }
    }

    @Test("a big-endian number can be written first and corrected later")
    func bigEndian() {
        var buffer = ByteBuffer()
        buffer.append(bigEndian: 0)
        buffer.append("abc")
        buffer.replace(at: 0, bigEndian: 0x0102_0304)
        #expect(Array(buffer.readable) == [1, 2, 3, 4, 97, 98, 99])
    }

    @Test("spare memory counts once it is committed")
    func spare() {
        var buffer = ByteBuffer()
        let room = buffer.spare(atLeast: 10)
        #expect(room.count >= 10)
        room[0] = 7
        #expect(buffer.count == 0)
        buffer.commit(1)
        #expect(Array(buffer.readable) == [7])
    }

    @Test("truncating takes back what was written last, and only that")
    func truncate() {
        var buffer = ByteBuffer()
        buffer.append("keep")
        buffer.append("drop")
        buffer.truncate(to: 4)
        #expect(Array(buffer.readable) == Array("keep".utf8))
    }

    @Test("removeAll gives memory back above the bound and keeps it below")
    func removeAll() {
        var buffer = ByteBuffer(capacity: 1_000)
        buffer.append("x")
        buffer.removeAll(keepingAtMost: 2_000)
        #expect(buffer.allocatedBytes == 1_000)
        buffer.removeAll(keepingAtMost: 10)
        #expect(buffer.allocatedBytes == 0)
        buffer.append("y")
        #expect(Array(buffer.readable) == [121])
    }
}
