"""What is told of a cluster in trouble, from outside: fsck with its reasons and exit statuses, doctor, and the dumps of
journal and checkpoint. Each test makes a private cluster of its own and breaks one thing."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

PREFIX = pathlib.Path(os.environ["MR_PREFIX"])
# A dead datanode is noticed after 2 * recheck + 10 * heartbeat.
QUICK = ("-D", "dfs.heartbeat.interval=1", "-D", "dfs.namenode.heartbeat.recheck-interval=500")


class Check(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-check-"))
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("HADOOP_", "MR_CONF", "XDG_"))}
        self.env.update(XDG_DATA_HOME=str(self.dir / "data"), HOME=str(self.dir),
                        PATH="%s:%s" % (PREFIX / "bin", self.env["PATH"]))
        self.cluster = self.dir / "data/mr/clusters/default"
        self.addCleanup(self.remove)

    def remove(self):
        self.run_words("mr", "down", status=None)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run_words(self, *words, status=0, stdin=None):
        """The outcome; `status` None takes any."""
        done = subprocess.run(words, env=self.env, cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              input=stdin, timeout=120, check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        if status is not None:
            self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done

    def up(self, nodes=2):
        return self.run_words("mr", "up", "-n", str(nodes), *QUICK)

    def put(self, path, *options, data=b"some bytes\n"):
        self.run_words("dfs", *options, "-put", "-", path, stdin=data)

    def kill(self, name):
        """SIGKILL to a daemon of this cluster, by the id in its pid file."""
        os.kill(int((self.cluster / "run" / (name + ".pid")).read_text().split()[0]), signal.SIGKILL)

    def hold(self, port):
        """Keeps the port of a daemon that was killed from other tests: bound, not listened on, so that a daemon may take it."""
        held = socket.socket()
        self.addCleanup(held.close)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

        def bound():
            try:
                held.bind(("127.0.0.1", port))
            except OSError:  # the daemon's last sockets
                return False
            return True
        self.eventually(bound, 10)

    def eventually(self, what, seconds=60):
        """Calls `what` until it returns something true; the last exception or value is the failure."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = what()
                if value or time.monotonic() > end:
                    self.assertTrue(value)
                    return value
            except AssertionError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.2)

    def fsck(self, *words, status=None):
        return self.run_words("hdfs", "fsck", *words, status=status)

    def block_files(self):
        return sorted(path for path in self.cluster.glob("data-*/**/finalized/**/blk_*") if path.is_file())

    def test_healthy_then_a_datanode_less(self):
        self.up()
        self.run_words("dfs", "-mkdir", "-p", "/d/e")
        self.put("/d/f", "-D", "dfs.replication=2")
        done = self.fsck("/", status=0)
        self.assertTrue(done.stdout.rstrip("\n").endswith("The filesystem under path '/' is HEALTHY"), done.stdout)
        self.assertIn("Connecting to namenode via hdfs://127.0.0.1:", done.stderr)
        self.assertIn(" Total blocks (validated):\t1 (avg. block size 11 B)\n", done.stdout)
        done = self.fsck("/d", "-files", "-blocks", "-locations", status=0)
        self.assertIn("/d/e <dir>\n", done.stdout)
        self.assertRegex(done.stdout, r"/d/f 11 bytes, replicated: replication=2, 1 block\(s\):  OK\n"
                                      r"0\. BP-\S+:blk_\d+_\d+ len=11 Live_repl=2  \[DatanodeInfoWithStorage\[127\.0\.0\.1:")
        block = done.stdout.split(":blk_")[1].split("_")[0]
        self.assertIn("Block belongs to: /d/f", self.fsck("-blockId", "blk_" + block, status=0).stdout)
        self.assertIn("Path '/none' does not exist", self.fsck("/none", status=0).stdout)
        self.assertIn("keeps no snapshots", self.fsck("/", "-includeSnapshots", status=255).stderr)
        doctor = self.run_words("mr", "doctor")
        self.assertTrue(doctor.stdout.startswith("Nothing is wrong.\n"), doctor.stdout)

        self.kill("datanode-1")

        def lacks_one():
            told = self.fsck("/", status=0).stdout
            self.assertIn("Under replicated", told)
            return told
        told = self.eventually(lacks_one)
        self.assertIn("Target Replicas is 2 but found 1 live replica(s)", told)
        self.assertRegex(told, r"/d/f: blk_\d+_\d+ because no node can take another replica: 127\.0\.0\.1:\d+: dead: "
                               r"no heartbeat for \d+ s")
        doctor = self.run_words("mr", "doctor", status=1).stdout
        self.assertIn("The datanode-1 of the private cluster does not run.", doctor)
        self.assertIn("is dead: the namenode has heard nothing of it for", doctor)
        self.assertIn("1 block wait", doctor)
        self.assertFalse(json.loads(self.run_words("mr", "doctor", "--json", status=1).stdout)["healthy"])

    def test_lost_replicas(self):
        self.up()
        self.put("/good", "-D", "dfs.replication=1")
        known = set(self.block_files())
        self.put("/bad", "-D", "dfs.replication=1")
        for path in set(self.block_files()) - known:
            path.unlink()
        self.run_words("mr", "down")
        # Safe mode must end though one block of two is gone.
        self.run_words("mr", "up", "-n", "2", "-D", "dfs.namenode.safemode.threshold-pct=0.4")

        # /good is missing too until the datanode that has it has reported.
        self.eventually(lambda: self.fsck("/good").returncode == 0)

        def corrupt():
            done = self.fsck("/")
            self.assertEqual(done.returncode, 1, done.stdout)
            return done.stdout
        told = self.eventually(corrupt)
        self.assertTrue(told.rstrip("\n").endswith("The filesystem under path '/' is CORRUPT"), told)
        self.assertIn("/bad: MISSING 1 blocks of total size 11 B.", told)
        self.assertRegex(told, r"/bad: blk_\d+_\d+ because no datanode in reach has a replica")
        self.assertIn("CORRUPT FILES:\t1", told)
        # Which blocks are lost is known a moment after safe mode has ended.
        def told_of_bad():
            listed = self.fsck("/", "-list-corruptfileblocks").stdout
            self.assertRegex(listed, r"blk_\d+\t/bad\n")
            return listed
        listed = self.eventually(told_of_bad)
        self.assertNotIn("/good", listed)
        self.assertIn("The filesystem under path '/' has 1 CORRUPT blocks", listed)
        doctor = self.run_words("mr", "doctor", status=1).stdout
        self.assertIn("1 block cannot be read by anybody", doctor)
        self.assertIn("/bad", doctor)

        self.assertIn("copied the remains of the corrupted file /bad to /lost+found/bad",
                      self.fsck("/", "-move", status=1).stdout)
        self.assertIn("Fsck: deleted corrupt file /bad", self.fsck("/", "-delete", status=1).stdout)
        self.fsck("/", status=0)
        self.assertIn("has 0 CORRUPT blocks", self.fsck("/", "-list-corruptfileblocks", status=0).stdout)
        self.run_words("dfs", "-test", "-e", "/bad", status=1)
        self.run_words("dfs", "-cat", "/good")

    def test_the_good_blocks_of_a_broken_file_are_saved(self):
        self.up(1)
        size = 1 << 20
        data = b"a" * size + b"b" * size + b"c" * size
        self.put("/f", "-D", "dfs.replication=1", "-D", "dfs.blocksize=%d" % size, data=data)
        middle = [path for path in self.block_files() if not path.name.endswith(".meta")][1]
        for path in middle.parent.glob(middle.name + "*"):
            path.unlink()
        self.run_words("mr", "down")
        self.run_words("mr", "up", "-n", "1", "-D", "dfs.namenode.safemode.threshold-pct=0.4")
        # All three are missing until the datanode has reported.
        self.eventually(lambda: "MISSING 1 blocks of total size %d B." % size in self.fsck("/f").stdout)
        self.fsck("/f", "-move", status=1)
        self.assertEqual(self.run_words("dfs", "-cat", "/lost+found/f/0").stdout, "a" * size)
        self.assertEqual(self.run_words("dfs", "-cat", "/lost+found/f/1").stdout, "c" * size)

    def test_files_being_written(self):
        self.up(1)
        writer = subprocess.Popen(["dfs", "-put", "-", "/open"], env=self.env, stdin=subprocess.PIPE)
        try:
            self.eventually(lambda: "Files currently being written: 1" in self.fsck("/", status=0).stdout)
            self.assertIn(" Total files:\t0 (", self.fsck("/", status=0).stdout)
            told = self.fsck("/", "-openforwrite", status=0).stdout
            self.assertRegex(told, r"/open\S* 0 bytes, replicated: replication=\d+, \d block\(s\), OPENFORWRITE:")
        finally:
            writer.stdin.close()
            self.assertEqual(writer.wait(timeout=60), 0)
        self.assertNotIn("currently being written", self.fsck("/", status=0).stdout)

    def test_doctor_without_datanodes_and_without_a_namenode(self):
        self.up()
        self.put("/waited-for", "-D", "dfs.replication=2")
        port = json.loads((self.cluster / "run/namenode.ports").read_text())["rpc"]
        for name in ("datanode-1", "datanode-2", "namenode"):
            self.kill(name)
        self.hold(port)
        doctor = self.run_words("mr", "doctor", status=1).stdout
        self.assertRegex(doctor, r"^1\. The namenode at 127\.0\.0\.1:\d+ cannot be asked\.")
        self.assertIn("The namenode of the private cluster does not run.", doctor)
        self.assertIn("It was tried twice", doctor)

        # A namenode alone, on the port that the site files name.
        with open(self.dir / "alone.log", "wb") as log:
            alone = subprocess.Popen(["namenode", "--conf", str(self.cluster / "conf")], env=self.env,
                                     stdout=log, stderr=log)
        try:
            def waits():
                self.assertIsNone(alone.poll(), (self.dir / "alone.log").read_text())
                told = self.run_words("mr", "doctor", status=1).stdout
                self.assertIn("Safe mode is on", told)
                return told
            told = self.eventually(waits)
            self.assertIn("It waits for 1 block:", told)
            self.assertRegex(told, r"blk_\d+_\d+ of /waited-for: no datanode in reach has a replica")
            self.assertIn("No datanode has registered since the namenode started.", told)
            self.assertIn("No new block can be written", told)
            refused = self.run_words("dfs", "-mkdir", "/x", status=1).stderr
            self.assertIn("safe mode", refused)
        finally:
            alone.terminate()
            alone.wait(timeout=60)

    def test_doctor_with_nothing_configured(self):
        doctor = self.run_words("mr", "doctor").stdout
        self.assertIn("No distributed file system is configured", doctor)
        self.run_words("mr", "doctor", "--frob", status=255)

    def test_dumps(self):
        self.up(1)
        self.run_words("dfs", "-mkdir", "/in-the-journal")
        name = str(self.cluster / "name")
        lines = [json.loads(line) for line in self.run_words("mr", "dfs", "journal", name).stdout.splitlines()]
        made = [line for line in lines if line.get("op") == "mkdirs"]
        self.assertEqual(len(made), 1, lines)
        self.assertIn("in-the-journal", [change.get("is", {}).get("name") for change in made[0]["changes"]])
        busy = self.run_words("mr", "dfs", "checkpoint", name, status=1).stderr
        self.assertIn("belongs to a namenode that runs", busy)
        self.run_words("mr", "down")
        before = sorted((path, path.stat().st_mtime_ns) for path in (self.cluster / "name/current").rglob("*"))
        rows = [json.loads(line) for line in self.run_words("mr", "dfs", "checkpoint", name).stdout.splitlines()]
        self.assertIn("checkpoint", rows[0])
        self.assertIn("in-the-journal", [row.get("is", {}).get("name") for row in rows])
        after = sorted((path, path.stat().st_mtime_ns) for path in (self.cluster / "name/current").rglob("*"))
        self.assertEqual(before, after)
        segment = next((self.cluster / "name/current").glob("edits_*"))
        self.assertIn("mkdirs", self.run_words("mr", "dfs", "journal", str(segment)).stdout)
        self.run_words("mr", "dfs", "journal", str(self.dir), status=1)
        self.run_words("mr", "dfs", "journal", status=255)


if __name__ == "__main__":
    unittest.main()
