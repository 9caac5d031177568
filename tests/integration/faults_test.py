"""A cluster that has no room, or whose datanodes stand still: what a client is told, what is left, how long it takes."""

import os
import signal
import time
import unittest

from private_cluster import PrivateClusterTest


class Faults(PrivateClusterTest):
    def datanodes(self):
        return ["datanode-%d" % number for number in (1, 2, 3)]

    def test_full_disks_everywhere(self):
        self.up("-n", "3", "-D", "dfs.replication=2")
        self.run_words("dfs", "-put", "-", "/before", stdin="written while there was room")
        # All room is somebody else's now.
        self.restart("-D", "dfs.datanode.du.reserved=1000p")
        refused = self.run_words("dfs", "-put", "-", "/f", stdin="x" * 5000, status=1)
        self.assertIn("could only be written to 0 of the 1 minReplication nodes", refused)
        for name in self.datanodes():
            self.assertIn("127.0.0.1:%d" % self.ports(name)["xfer"], refused)
        self.assertEqual(refused.count("no space"), 3, refused)
        # Nothing half, and what was there is.
        self.assertEqual(self.run_words("dfs", "-ls", "-C", "/"), "/before\n")
        self.assertEqual(self.run_words("dfs", "-cat", "/before"), "written while there was room")
        self.assertIn("No new block can be written", self.run_words("mr", "doctor", status=1))
        self.restart("-D", "dfs.datanode.du.reserved=0")
        self.run_words("dfs", "-put", "-", "/f", stdin="x" * 5000)
        self.assertEqual(self.run_words("dfs", "-cat", "/f"), "x" * 5000)

    def test_hedged_reads_beside_datanodes_that_stand_still(self):
        self.up("-n", "3", "-D", "dfs.replication=3")
        text = "".join("line %d\n" % number for number in range(200000))
        self.run_words("dfs", "-put", "-", "/f", stdin=text)
        for name in self.datanodes()[:2]:
            process = self.process(name)
            os.kill(process, signal.SIGSTOP)
            self.addCleanup(os.kill, process, signal.SIGCONT)
        begin = time.monotonic()
        read = self.run_words("dfs", "-D", "dfs.client.read.shortcircuit=false",
                              "-D", "dfs.client.hedged.read.threadpool.size=2",
                              "-D", "dfs.client.hedged.read.threshold.millis=100", "-cat", "/f")
        self.assertEqual(read, text)
        # Half of dfs.client.socket-timeout: neither the bytes nor the client's end wait for those that stand still.
        self.assertLess(time.monotonic() - begin, 30)


if __name__ == "__main__":
    unittest.main()
