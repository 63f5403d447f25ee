import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

extension Programs {
    /// What becomes of spends where the daemon or its disk ends.
    @Suite struct VerifyDurabilityTests {
        @Test("kill -9 under load: what was acknowledged is spent, and of the rest no more than was on its way")
        func crashes() throws {
            var seed = SeededGenerator.announced("verify crashes")
            let daemon = try DaemonProcess()
            let setting = try VerifyScene(daemon)
            let (id, secret) = try setting.key(["credits": ["remaining": 10_000_000]])
            var known: Int64 = 10_000_000
            for _ in 0..<8 {
                let acknowledged = Mutex<[Int64]>([])
                let threads = DispatchGroup()
                for _ in 0..<16 {
                    let client = try daemon.connect(setting.tenant.rootKey)
                    threads.enter()
                    Thread {
                        defer { threads.leave() }
                        while true {
                            let reply = client.callUnlessEnded("keys.verifyKey", ["key": secret])
                            guard let left = reply?.data?["credits"]?.integer else { return }
                            acknowledged.withLock { $0.append(left) }
                        }
                    }.start()
                }
                let count = Int.random(in: 1...400, using: &seed)
                #expect(eventually { acknowledged.withLock { $0.count >= count } })
                daemon.killNow()
                threads.wait()
                let told = acknowledged.withLock { $0 }
                #expect(Set(told).count == told.count && (told.max() ?? 0) < known, "no credit is spent twice")
                try daemon.start()
                let client = try daemon.connect(setting.tenant.rootKey)
                let left = try client.data("keys.getKey", ["keyId": id])["credits"]?["remaining"]?.integer ?? -1
                let owed = known - Int64(told.count)
                #expect(left <= owed && left >= owed - 16, "\(left) of \(known) after \(told.count) replies")
                #expect(left <= told.min() ?? known)
                known = left
            }
            try daemon.stop()
        }

        @Test("a full disk acknowledges no spend, and takes nothing")
        func fullDisk() throws {
            let daemon = try DaemonProcess(fileBlocksMax: 1_024)
            let setting = try VerifyScene(daemon)
            let (id, secret) = try setting.key([
                "credits": ["remaining": 1_000_000], "ratelimits": [VerifyScene.limit("units", 1_000_000)],
            ])
            var told: Int64 = 1_000_000
            var refusal: Reply?
            while refusal == nil {
                // Something has to fill the disk besides.
                _ = try setting.client.call(
                    "apis.createApi",
                    ["name": .text("n\(told)" + String(repeating: "x", count: 200))]
                )
                let reply = try setting.client.call("keys.verifyKey", ["key": secret])
                if let left = reply.data?["credits"]?.integer { told = left } else { refusal = reply }
                guard told > 980_000 else { throw Failure("the limit does not hold") }
            }
            #expect(refusal?.status == 500)
            let look: JSON = ["key": secret, "credits": ["cost": 0], "ratelimits": [["name": "units", "cost": 0]]]
            let data = try setting.client.data("keys.verifyKey", look)
            #expect(data["credits"]?.integer == told)
            #expect(data["ratelimits"]?[0]?["remaining"]?.integer == told, "one unit went with each credit")
            try daemon.stop()
            try daemon.start()
            #expect(
                try daemon.connect(setting.tenant.rootKey).data("keys.getKey", ["keyId": id])["credits"]?["remaining"]
                    == .integer(told)
            )
            try daemon.stop()
        }

        @Test("SIGTERM answers every spend that was asked for before it ends")
        func draining() throws {
            let daemon = try DaemonProcess()
            let setting = try VerifyScene(daemon)
            let (id, secret) = try setting.key(["credits": ["remaining": 1_000]])
            for number in 0..<300 as Range<Int64> {
                try setting.client.send("keys.verifyKey", ["key": secret], id: .integer(number))
            }
            #expect(try setting.client.receive().data?["valid"] == true)
            kill(daemon.identifier, SIGTERM)
            var told = [Int64]()
            while let json = try setting.client.frames.receiveJSON() {
                if let left = try Reply(json).data?["credits"]?.integer { told.append(left) }
            }
            try daemon.stop()
            try daemon.start()
            let client = try daemon.connect(setting.tenant.rootKey)
            let left = try client.data("keys.getKey", ["keyId": id])["credits"]?["remaining"]?.integer
            #expect(left == told.min(), "\(told.count + 1) replies")
            try daemon.stop()
        }
    }
}
