"""dfsadmin, getconf and groups on a private cluster: each command, and what the daemons then do."""

import getpass
import re
import socket
import subprocess
import time
import unittest

from private_cluster import PREFIX, PrivateClusterTest


def field(report, name):
    """The values of one field of -report, in the order of the datanodes."""
    return re.findall("^" + re.escape(name) + ": (.*)$", report, re.M)


class Administration(PrivateClusterTest):
    def admin(self, *words, status=0):
        return self.run_words("hdfs", "dfsadmin", *words, status=status)

    def datanode(self, number):
        return "127.0.0.1:%d" % self.ports("datanode-%d" % number)["ipc"]

    def test_what_the_namenode_tells(self):
        self.up("-n", "3")
        self.run_words("dfs", "-put", "-", "/f", stdin="some bytes")
        report = self.admin("-report")
        self.assertRegex(report, r"\AConfigured Capacity: \d+ \([\d.]+ [KMGTPE]B\)\nPresent Capacity: ")
        self.assertIn("\nLive datanodes (3):\n\nName: 127.0.0.1:", report)
        self.assertEqual(field(report, "Decommission Status "), ["Normal"] * 3)
        self.assertEqual(field(report, "\tMissing blocks"), ["0"])
        self.eventually("each datanode has the block",
                        lambda: field(self.admin("-report", "-live"), "Num of Blocks") == ["1"] * 3)
        self.assertTrue(self.admin("-report", "-dead").endswith("\nDead datanodes (0):\n\n"))
        topology = self.admin("-printTopology")
        self.assertTrue(topology.startswith("Rack: /default-rack\n"))
        self.assertEqual(topology.count(" In Service\n"), 3)
        # The same command under its other names.
        for program in ("mr", "hadoop"):
            self.assertIn("Live datanodes (3)", self.run_words(program, "dfsadmin", "-report"))
        uri = "hdfs://127.0.0.1:%d" % self.ports("namenode")["rpc"]
        self.assertIn("Live datanodes (3)", self.run_words(
            "hdfs", "dfsadmin", "-fs", uri, "-report", env={**self.env, "XDG_DATA_HOME": str(self.dir / "none")}))

    def test_safe_mode_checkpoint_and_journal(self):
        self.up("-n", "1")
        self.assertEqual(self.admin("-safemode", "get"), "Safe mode is OFF\n")
        self.assertIn("Safe mode should be turned ON", self.admin("-saveNamespace", status=255))
        self.assertEqual(self.admin("-safemode", "enter"), "Safe mode is ON\n")
        self.assertIn("Safe mode is ON\n", self.admin("-report"))
        self.assertIn("safe mode", self.run_words("dfs", "-mkdir", "/d", status=1))
        self.assertEqual(self.admin("-saveNamespace"), "Save namespace successful\n")
        self.assertEqual(self.admin("-safemode", "leave"), "Safe mode is OFF\n")
        self.assertEqual(self.admin("-safemode", "wait"), "Safe mode is OFF\n")
        self.admin("-safemode", "enter")
        waiting = subprocess.Popen(["hdfs", "dfsadmin", "-safemode", "wait"], env=self.env, stdout=subprocess.PIPE)
        with self.assertRaises(subprocess.TimeoutExpired):
            waiting.wait(timeout=1.5)
        self.assertEqual(self.admin("-safemode", "forceExit"), "Safe mode is OFF\n")
        self.assertEqual(waiting.communicate(timeout=30)[0], b"Safe mode is OFF\n")
        self.assertEqual(waiting.returncode, 0)
        self.run_words("dfs", "-mkdir", "/d")
        first = self.admin("-rollEdits")
        self.assertRegex(first, r"\ASuccessfully rolled edit logs.\nNew segment starts at txid \d+\n\Z")
        self.assertEqual(self.admin("-restoreFailedStorage", "check"), "restoreFailedStorage is set to true\n")
        self.assertIn("Created metasave file state in the log directory", self.admin("-metasave", "state"))
        saved = next(self.cluster().glob("name*/logs/state")).read_text(encoding="utf-8")
        self.assertIn("Live Datanodes: 1", saved)
        self.assertIn("not the plain name", self.admin("-metasave", "../state", status=255))
        # What was saved and journalled is there after a restart.
        self.restart()
        self.run_words("dfs", "-test", "-d", "/d")

    def test_quotas(self):
        self.up("-n", "1", "-D", "dfs.replication=1")
        self.run_words("dfs", "-mkdir", "-p", "/a", "/b")
        self.run_words("dfs", "-touchz", "/file")
        self.assertEqual(self.admin("-setQuota", "2", "/a", "/b"), "")
        self.run_words("dfs", "-touchz", "/a/1")
        self.assertIn("quota", self.run_words("dfs", "-touchz", "/a/2", status=1))
        self.assertEqual(self.admin("-clrQuota", "/a"), "")
        self.run_words("dfs", "-touchz", "/a/2")
        # One directory that fails does not keep the others from theirs.
        told = self.admin("-setSpaceQuota", "1k", "/nowhere", "/file", "/b", status=255)
        self.assertEqual(told, "setSpaceQuota: Directory does not exist: /nowhere\n"
                               "setSpaceQuota: `/file': Is not a directory\n")
        self.assertIn("1024", self.run_words("dfs", "-count", "-q", "/b"))
        self.assertIn("quota", self.run_words("dfs", "-put", "-", "/b/large", stdin="x" * 5000, status=1))
        self.admin("-clrSpaceQuota", "/b")
        self.run_words("dfs", "-put", "-", "/b/large", stdin="x" * 5000)
        self.assertIn("Cannot clear namespace quota on root", self.admin("-clrQuota", "/", status=255))
        self.assertIn("no quota", self.admin("-setQuota", "0", "/a", status=255))
        stranger = {**self.env, "HADOOP_USER_NAME": "stranger"}
        self.assertIn("uperuser", self.run_words("hdfs", "dfsadmin", "-setQuota", "9", "/a", status=255, env=stranger))

    def test_decommissioning_moves_blocks_away(self):
        exclude = self.dir / "exclude"
        exclude.write_text("", encoding="utf-8")
        self.up("-n", "3", "-D", "dfs.hosts.exclude=%s" % exclude, "-D", "dfs.replication=2")
        for number in range(6):
            self.run_words("dfs", "-put", "-", "/f%d" % number, stdin="block %d" % number)
        leaving = "127.0.0.1:%d" % self.ports("datanode-2")["xfer"]
        exclude.write_text(leaving + "  # goes\n", encoding="utf-8")
        self.assertEqual(self.admin("-refreshNodes"), "Refresh nodes successful\n")

        def state():
            nodes = self.admin("-report").split("Name: ")[1:]
            return next(field(node, "Decommission Status ")[0] for node in nodes if node.startswith(leaving))
        self.eventually("decommissioned", lambda: state() == "Decommissioned")
        self.assertEqual(self.admin("-printTopology").count(" Decommissioned\n"), 1)
        # It can go: everything is readable without it.
        self.assertIn("Submitted a shutdown request", self.admin("-shutdownDatanode", self.datanode(2)))
        self.eventually("it ended", lambda: self.process("datanode-2") is None)
        for number in range(6):
            self.assertEqual(self.run_words("dfs", "-cat", "/f%d" % number), "block %d" % number)
        exclude.write_text("", encoding="utf-8")
        self.admin("-refreshNodes")

    def test_one_datanode(self):
        self.up("-n", "1")
        self.run_words("dfs", "-D", "dfs.replication=1", "-put", "-", "/f", stdin="bytes")
        node = self.datanode(1)
        self.assertRegex(self.admin("-getDatanodeInfo", node),
                         r"\AUptime: \d+, Software version: \S+, Config version: \S+\n\Z")
        volumes = self.admin("-getVolumeReport", node)
        self.assertTrue(volumes.startswith("Active Volumes : 1\n\nDirectory: %s" % self.cluster()), volumes)
        self.assertIn("\nStorageType: DISK\nCapacity Used: ", volumes)
        self.assertEqual(self.admin("-setBalancerBandwidth", "3m"), "Balancer bandwidth is set to 3145728\n")
        self.eventually("the datanode heard of it", lambda: self.admin("-getBalancerBandwidth", node) ==
                        "Balancer bandwidth is 3145728 bytes per second.\n")
        self.assertEqual(self.admin("-triggerBlockReport", node), "Triggering a full block report on %s.\n" % node)
        self.assertEqual(self.admin("-triggerBlockReport", "-incremental", node),
                         "Triggering an incremental block report on %s.\n" % node)
        self.assertEqual(self.admin("-refreshNamenodes", node), "")
        self.assertEqual(self.admin("-evictWriters", node), "Requested writer eviction to datanode %s\n" % node)
        self.assertIn("does not support deleteBlockPool", self.admin("-deleteBlockPool", node, "BP-1", status=255))
        stranger = {**self.env, "HADOOP_USER_NAME": "stranger"}
        for words in (("-shutdownDatanode", node), ("-evictWriters", node), ("-triggerBlockReport", node),
                      ("-refreshNamenodes", node)):
            self.assertIn("Access denied", self.run_words("hdfs", "dfsadmin", *words, status=255, env=stranger))
        self.admin("-shutdownDatanode", node, "upgrade")
        self.eventually("it ended", lambda: self.process("datanode-1") is None)
        begin = time.monotonic()
        self.assertIn("getDatanodeInfo: Datanode unreachable: ", self.admin("-getDatanodeInfo", node, status=255))
        self.assertLess(time.monotonic() - begin, 8)

    def test_what_is_read_again_and_upgrades(self):
        self.up("-n", "1")
        for word, said in (("-refreshServiceAcl", "Refresh service acl successful\n"),
                           ("-refreshUserToGroupsMappings", "Refresh user to groups mapping successful\n"),
                           ("-refreshSuperUserGroupsConfiguration",
                            "Refresh super user groups configuration successful\n"),
                           ("-refreshCallQueue", "Refresh call queue successful\n"),
                           ("-finalizeUpgrade", "Finalize upgrade successful\n")):
            self.assertEqual(self.admin(word), said)
            stranger = {**self.env, "HADOOP_USER_NAME": "stranger"}
            self.assertIn("denied", self.run_words("hdfs", "dfsadmin", word, status=255, env=stranger).lower())
        self.assertEqual(self.admin("-upgrade", "query"), "Upgrade finalized\n")
        self.assertIn("There is no rolling upgrade in progress", self.admin("-rollingUpgrade"))
        self.assertIn("rollingUpgrade is not supported", self.admin("-rollingUpgrade", "prepare", status=255))
        self.assertIn("allowSnapshot is not supported", self.admin("-allowSnapshot", "/", status=255))

    def test_open_files(self):
        self.up("-n", "1")
        self.run_words("dfs", "-mkdir", "-p", "/open", "/other")
        writer = subprocess.Popen(["dfs", "-put", "-", "/open/f"], env=self.env, stdin=subprocess.PIPE)
        try:
            writer.stdin.write(b"x" * (1 << 20))
            writer.stdin.flush()
            line = self.eventually("it is listed", lambda: re.search(
                r"^\S+ *\tDFSClient_\S+ *\t(/open/f\S*)$", self.admin("-listOpenFiles"), re.M))
            self.assertTrue(line[1].startswith("/open/f"))
            self.assertNotIn("/open/f", self.admin("-listOpenFiles", "-path", "/other"))
            self.assertIn("/open/f", self.admin("-listOpenFiles", "-path", "/open"))
        finally:
            writer.stdin.close()
            writer.wait(timeout=60)
        self.assertEqual(self.admin("-listOpenFiles").count("\n"), 1)

    def test_getconf_and_groups(self):
        self.up("-n", "1")
        rpc = self.ports("namenode")["rpc"]

        def getconf(*words, status=0):
            return self.run_words("hdfs", "getconf", *words, status=status)
        self.assertEqual(getconf("-namenodes"), "127.0.0.1\n")
        self.assertEqual(getconf("-nnRpcAddresses"), "127.0.0.1:%d\n" % rpc)
        self.assertEqual(getconf("-confKey", "fs.defaultFS"), "hdfs://127.0.0.1:%d\n" % rpc)
        self.assertEqual(getconf("-confKey", "dfs.namenode.handler.none", status=255),
                         "Configuration dfs.namenode.handler.none is missing.\n")
        self.assertEqual(self.run_words("hdfs", "getconf", "-D", "dfs.hosts=/h", "-includeFile"), "/h\n")
        user = getpass.getuser()
        self.assertRegex(self.run_words("hdfs", "groups"), r"\A%s : \S+" % re.escape(user))
        self.assertEqual(self.run_words("mr", "groups", user, "nobody-of-that-name"),
                         self.run_words("hdfs", "groups") + "nobody-of-that-name :\n")

    def test_access_is_asked_of_the_namenode(self):
        self.up("-n", "1")
        self.run_words("dfs", "-D", "dfs.replication=1", "-put", "-", "/f", stdin="bytes")
        self.run_words("dfs", "-chmod", "000", "/f")
        # The superuser may.
        self.run_words("dfs", "-test", "-r", "/f")
        self.run_words("dfs", "-test", "-w", "/f")
        stranger = {**self.env, "HADOOP_USER_NAME": "stranger"}
        self.run_words("dfs", "-test", "-r", "/f", status=1, env=stranger)
        self.run_words("dfs", "-chmod", "004", "/f")
        self.run_words("dfs", "-test", "-r", "/f", env=stranger)
        self.run_words("dfs", "-test", "-w", "/f", status=1, env=stranger)

    def test_nobody_listens(self):
        # Bound and not listening: nobody else is given the port, and it refuses.
        held = socket.socket()
        self.addCleanup(held.close)
        held.bind(("127.0.0.1", 0))
        uri = "hdfs://127.0.0.1:%d" % held.getsockname()[1]
        for words in (("dfs", "-fs", uri, "-ls", "/"), ("hdfs", "dfsadmin", "-fs", uri, "-report")):
            begin = time.monotonic()
            self.assertIn("refused", self.run_words(*words, status=1 if words[0] == "dfs" else 255).lower())
            self.assertLess(time.monotonic() - begin, 8)
        begin = time.monotonic()
        said = self.run_words("dfs", "-D", "ipc.client.connect.max.retries=0", "-fs", uri, "-ls", "/", status=1)
        self.assertLess(time.monotonic() - begin, 1.5)
        self.assertIn("start the daemon", said)

    def test_a_start_that_failed_leaves_no_setting_behind(self):
        said = self.run_words("mr", "up", "--no-mapred", "-n", "1", "-D", "dfs.replication=abc", status=1)
        self.assertIn("dfs.replication=abc: not a whole number", said)
        self.assertIn("from 1 to 64 datanodes", self.run_words("mr", "up", "-n", "0", status=255))
        self.up("-n", "1")

    def test_a_default_file_system_without_a_namenode_starts_no_daemon(self):
        for daemon in ("namenode", "datanode"):
            said = self.run_words(PREFIX / "bin" / daemon, "-D", "fs.defaultFS=http://x", status=1)
            self.assertIn("fs.defaultFS=http://x: names no namenode", said)

    def test_a_host_that_nobody_knows_is_no_missing_file(self):
        # A name that the resolver refuses by itself, whatever the name service of the machine.
        for words in (("-ls", "/"), ("-rm", "-f", "/f"), ("-put", "-", "/f"), ("-mkdir", "-p", "/d"), ("-test", "-e", "/f")):
            said = self.run_words("dfs", "-fs", "hdfs://-:8020", *words, status=1, stdin="")
            self.assertIn("no such host", said)
            self.assertNotIn("No such file", said)


if __name__ == "__main__":
    unittest.main()
