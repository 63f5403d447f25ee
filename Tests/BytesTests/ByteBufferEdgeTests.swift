import Bytes
import Testing

@Suite struct ByteBufferEdgeTests {
    @Test("an empty buffer has nothing to read, and every empty operation leaves it so")
    func empty() {
        var buffer = ByteBuffer()
        buffer.consume(0)
        buffer.truncate(to: 0)
        buffer.commit(0)
        buffer.append([])
        buffer.append("" as String)
        buffer.append(UnsafeRawBufferPointer(start: nil, count: 0))
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        #expect(Array(buffer.readable) == [])
        #expect(buffer.allocatedBytes == 0)
        let spare = buffer.spare(atLeast: 0).count
        #expect(spare == 0)
    }

    @Test("room at the front is used again before memory is asked for")
    func compaction() {
        var buffer = ByteBuffer(capacity: 64)
        buffer.append([UInt8](repeating: 1, count: 64))
        buffer.consume(40)
        buffer.append([UInt8](repeating: 2, count: 40))
        #expect(buffer.allocatedBytes == 64)
        #expect(Array(buffer.readable) == [UInt8](repeating: 1, count: 24) + [UInt8](repeating: 2, count: 40))
        buffer.append(3)
        #expect(buffer.allocatedBytes == 128)
        #expect(buffer.count == 65)
    }

    @Test("offsets count from the front, wherever the front is")
    func replaceAndTruncateBehindTheFront() {
        var buffer = ByteBuffer()
        buffer.append("abcdefgh")
        buffer.consume(2)
        buffer.replace(at: 2, bigEndian: 0x3132_3334)
        #expect(Array(buffer.readable) == Array("cd1234".utf8))
        buffer.truncate(to: 3)
        #expect(Array(buffer.readable) == Array("cd1".utf8))
        buffer.truncate(to: 0)
        buffer.append("z")
        #expect(Array(buffer.readable) == Array("z".utf8))
    }
}
