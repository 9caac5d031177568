"""A private cluster from outside: start, put and get, a job over it, kill -9 of each part, stop. Real daemons on ports of
their own choosing."""

import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

PREFIX = pathlib.Path(os.environ["MR_PREFIX"])


class Cluster(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mr-cluster-"))
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("HADOOP_", "MR_CONF", "XDG_"))}
        self.env.update(XDG_DATA_HOME=str(self.dir / "data"), HOME=str(self.dir),
                        PATH="%s:%s" % (PREFIX / "bin", self.env["PATH"]))
        self.addCleanup(self.remove)

    def remove(self):
        self.run_words("mr", "down", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run_words(self, *words, check=True, status=None, stdin=None):
        done = subprocess.run(words, env=self.env, cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              input=stdin, timeout=120, check=False)
        if status is not None:
            self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        elif check:
            self.assertEqual(done.returncode, 0, (words, done.stdout, done.stderr))
        return done

    def up(self, *words):
        return self.run_words("mr", "up", "-n", "3", *words)

    def processes(self):
        """Name of each daemon and its process, as their pid files say."""
        run = self.dir / "data/mr/clusters/default/run"
        return {file.stem: int(file.read_text().split()[0]) for file in sorted(run.glob("*.pid"))}

    def put(self, path, size, *options):
        data = random.Random(size).randbytes(size)
        self.run_words("dfs", *options, "-put", "-", path, stdin=data)
        return hashlib.sha256(data).hexdigest()

    def digest(self, path):
        return hashlib.sha256(self.run_words("dfs", "-cat", path).stdout).hexdigest()

    def test_round(self):
        self.up()
        self.assertEqual(sorted(self.processes()), ["datanode-1", "datanode-2", "datanode-3", "jobtracker", "namenode",
                                                   "tasktracker-1", "tasktracker-2", "tasktracker-3"])
        self.run_words("dfs", "-mkdir", "-p", "/d")
        kept = {"/d/%d" % size: self.put("/d/%d" % size, size) for size in (0, 1, 511, 512, 513, 100_000, 3_000_001)}
        for path, digest in kept.items():
            self.assertEqual(self.digest(path), digest, path)
        listing = self.run_words("dfs", "-ls", "/d").stdout.decode()
        self.assertIn("Found 7 items", listing)
        self.assertIn("already running", self.up().stdout.decode())
        self.run_words("mr", "status", status=0)
        self.run_words("mr", "down")
        logs = list((self.dir / "data/mr/clusters/default/logs").glob("*.log"))
        self.assertEqual(len(logs), 8)
        for log in logs:
            self.assertNotIn("told to stop twice", log.read_text(), log)
        self.run_words("mr", "status", status=1)
        self.up()
        for path, digest in kept.items():
            self.assertEqual(self.digest(path), digest, path)

    def test_job_over_the_cluster_is_the_embedded_one(self):
        words = (b"to be or not to be that is the question\n" * 40_000)
        (self.dir / "in.txt").write_bytes(words)
        self.run_words("mr", "jar", str(PREFIX / "lib/mr/examples/wordcount.so"), "in.txt", "out") \
            if (PREFIX / "lib/mr/examples/wordcount.so").exists() else self.skipTest("no examples in this prefix")
        self.up()
        self.run_words("dfs", "-D", "dfs.blocksize=1048576", "-put", "in.txt", "/in.txt")
        self.run_words("mr", "jar", "wordcount.so", "/in.txt", "/out")
        self.assertEqual(self.run_words("dfs", "-cat", "/out/part-r-00000").stdout,
                         (self.dir / "out/part-r-00000").read_bytes())

    def test_a_killed_part_costs_nothing_acknowledged(self):
        self.up()
        kept = {}
        for turn, victim in enumerate(("datanode-1", "namenode", "datanode-3", "namenode")):
            kept["/before-%d" % turn] = self.put("/before-%d" % turn, 200_000, "-D", "dfs.replication=2")
            os.kill(self.processes()[victim], signal.SIGKILL)
            self.up()
            kept["/after-%d" % turn] = self.put("/after-%d" % turn, 100_000, "-D", "dfs.replication=2")
        for path, digest in kept.items():
            self.assertEqual(self.digest(path), digest, path)

    def test_the_namenode_keeps_its_port_even_when_it_died_before_it_said_so(self):
        self.up()
        file = self.dir / "data/mr/clusters/default/run/namenode.ports"
        before = json.loads(file.read_text())["rpc"]
        os.kill(self.processes()["namenode"], signal.SIGKILL)
        file.unlink()
        self.up()
        self.assertEqual(json.loads(file.read_text())["rpc"], before)

    def test_the_namenode_has_the_port_that_is_asked_for_or_says_why_not(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            words = ("mr", "up", "-n", "1", "-D", "dfs.namenode.rpc-address=127.0.0.1:%d" % port)
            self.assertIn(b"port %d, which another program has" % port, self.run_words(*words, status=1).stderr)
        self.run_words(*words)
        file = self.dir / "data/mr/clusters/default/run/namenode.ports"
        self.assertEqual(json.loads(file.read_text())["rpc"], port)
        self.run_words("dfs", "-mkdir", "/d")

    def test_a_start_that_fails_halfway_leaves_nothing_running_and_says_why(self):
        self.up()
        self.run_words("mr", "down")
        # The second datanode finds a file where its directory was.
        folder = self.dir / "data/mr/clusters/default/data-2"
        shutil.rmtree(folder)
        folder.write_text("no directory")
        said = self.run_words("mr", "up", status=1).stderr.decode()
        self.assertIn("datanode-2 ended at its start", said)
        self.assertRegex(said, "Stopped again: namenode, .*datanode-1")
        self.assertEqual(self.processes(), {})
        self.assertFalse((folder.parent / "run/up").exists())
        folder.unlink()
        self.up()
        self.run_words("dfs", "-ls", "/")

    def test_a_datanode_that_dies_while_a_file_is_written(self):
        self.up()
        size = 24 << 20
        data = random.Random(5).randbytes(size)
        writer = subprocess.Popen(["dfs", "-put", "-", "/f"], env=self.env, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        writer.stdin.write(data[:size // 2])
        writer.stdin.flush()
        os.kill(self.processes()["datanode-2"], signal.SIGKILL)
        writer.stdin.write(data[size // 2:])
        writer.stdin.close()
        self.assertEqual(writer.wait(timeout=120), 0, writer.stderr.read())
        writer.stderr.close()
        self.assertEqual(self.digest("/f"), hashlib.sha256(data).hexdigest())

    def test_wipe_asks(self):
        self.up()
        self.run_words("mr", "down", "--wipe", status=1)
        self.assertTrue((self.dir / "data/mr/clusters/default").exists())
        self.run_words("mr", "down", "--wipe", "--yes")
        self.assertFalse((self.dir / "data/mr/clusters/default").exists())

    def test_words_that_mean_nothing(self):
        self.assertIn(b"expected a number", self.run_words("mr", "up", "-n", "three", status=255).stderr)
        self.assertIn(b"key=value", self.run_words("mr", "up", "-D", "nothing", status=255).stderr)
        self.assertIn(b"letters", self.run_words("mr", "up", "--name", "../x", status=255).stderr)


if __name__ == "__main__":
    unittest.main()
