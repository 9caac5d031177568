"""A cluster whose daemons share a secret: who may not join, tokens for blocks, and what happens when they expire."""

import os
import socket
import subprocess
import threading
import time
import unittest

from private_cluster import PREFIX, PrivateClusterTest

ERROR_ACCESS_TOKEN = 5


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field of a protobuf message: a number, text, or a message that is encoded already."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def token(identifier=b"", password=b"", kind=""):
    return field(1, identifier) + field(2, password) + field(3, kind) + field(4, "")


class Security(PrivateClusterTest):
    def setUp(self):
        super().setUp()
        self.secret = self.dir / "secret"
        self.write_secret(self.secret, "a secret of the test's own\n")

    def write_secret(self, path, text):
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def up_with_tokens(self, *words):
        self.up("-D", "mr.security.secret.file=%s" % self.secret, "-D", "dfs.block.access.token.enable=true",
                "-D", "dfs.heartbeat.interval=1", *words)

    def daemon(self, name, *settings):
        """Runs a daemon in the foreground; returns exit status and what it said. Ended after some seconds."""
        words = [str(PREFIX / "bin" / name)]
        for setting in settings:
            words += ["-D", setting]
        done = subprocess.Popen(words, env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        timer = threading.Timer(5, done.terminate)
        timer.start()
        said = done.communicate(timeout=60)[0]
        timer.cancel()
        return done.returncode, said

    def live(self):
        return self.run_words("hdfs", "dfsadmin", "-report", "-live").count("\nName: ")

    def test_daemons_do_not_listen_to_the_world_without_a_secret(self):
        self.run_words("hdfs", "namenode", "-format", "-D", "dfs.namenode.name.dir=%s/n" % self.dir)
        outside = {"namenode": ["dfs.namenode.name.dir=%s/n" % self.dir, "fs.defaultFS=hdfs://0.0.0.0:0"],
                   "datanode": ["dfs.datanode.data.dir=%s/d" % self.dir, "dfs.datanode.address=127.0.0.1:0",
                                "dfs.datanode.ipc.address=0.0.0.0:0"]}
        keys = {"namenode": "fs.defaultFS is 0.0.0.0", "datanode": "dfs.datanode.ipc.address is 0.0.0.0"}
        for name, settings in outside.items():
            status, said = self.daemon(name, *settings)
            self.assertEqual(status, 1, said)
            self.assertIn(keys[name], said)
            self.assertIn("mr.security.secret.file", said)
            for more in ("mr.security.allow.insecure=true", "mr.security.secret.file=%s" % self.secret):
                status, said = self.daemon(name, *settings, more)
                self.assertEqual(status, 0, said)
                self.assertIn("serving", said)
        self.secret.chmod(0o644)
        status, said = self.daemon("namenode", *outside["namenode"], "mr.security.secret.file=%s" % self.secret)
        self.assertEqual(status, 1, said)
        self.assertIn("chmod 600 %s" % self.secret, said)

    def test_a_datanode_without_the_secret_does_not_join(self):
        self.up("-n", "1", "-D", "mr.security.secret.file=%s" % self.secret)
        self.eventually("one datanode", lambda: self.live() == 1)
        other = self.dir / "other"
        self.write_secret(other, "another secret altogether\n")
        namenode = "fs.defaultFS=hdfs://127.0.0.1:%d" % self.ports("namenode")["rpc"]
        common = [namenode, "dfs.datanode.data.dir=%s/d" % self.dir, "dfs.datanode.address=127.0.0.1:0",
                  "dfs.datanode.ipc.address=127.0.0.1:0"]
        for settings, reason in (([], "prove that they hold its secret"),
                                 (["mr.security.secret.file=%s" % other], "holds another secret")):
            said = self.daemon("datanode", *common, *settings)[1]
            self.assertIn(reason, said)
            self.assertEqual(self.live(), 1)
        said = self.daemon("datanode", *common, "mr.security.secret.file=%s" % self.secret)[1]
        self.assertRegex(said, r"namenode \S+ knows this datanode")

    def test_a_datanode_with_a_secret_does_not_join_a_namenode_without(self):
        self.up("-n", "1")
        said = self.daemon("datanode", "fs.defaultFS=hdfs://127.0.0.1:%d" % self.ports("namenode")["rpc"],
                           "dfs.datanode.data.dir=%s/d" % self.dir, "dfs.datanode.address=127.0.0.1:0",
                           "dfs.datanode.ipc.address=127.0.0.1:0", "mr.security.secret.file=%s" % self.secret)[1]
        self.assertIn("this namenode has no secret", said)
        self.assertNotIn("knows this datanode", said)

    def read_raw(self, block, stamp, token_bytes):
        """READ_BLOCK by hand; the status and the message of the answer."""
        pool = self.pool()
        header = field(1, field(1, pool) + field(2, block) + field(3, stamp) + field(4, 1)) + field(2, token_bytes)
        message = field(1, field(1, header) + field(2, "client")) + field(2, 0) + field(3, 1)
        with socket.create_connection(("127.0.0.1", self.ports("datanode-1")["xfer"]), timeout=20) as data:
            data.sendall(b"\x00\x1c\x51" + varint(len(message)) + message)
            answer = data.recv(4096)
        return answer[2], answer  # length, tag of the status, status

    def pool(self):
        for path in (self.cluster()).rglob("BP-*"):
            return path.name
        self.fail("no block pool below %s" % self.cluster())

    def test_tokens_are_passed_on_and_asked_for(self):
        self.up_with_tokens("-n", "3")
        data = os.urandom(3_000_000)
        (self.dir / "f").write_bytes(data)
        self.run_words("dfs", "-D", "dfs.blocksize=1m", "-put", "f", "/f")
        self.run_words("dfs", "-appendToFile", "f", "/f")
        for direct in ("true", "false"):
            self.run_words("dfs", "-D", "dfs.client.read.shortcircuit=" + direct, "-get", "/f", "got-" + direct)
            self.assertEqual((self.dir / ("got-" + direct)).read_bytes(), data + data)
        self.assertIn("MD5", self.run_words("dfs", "-checksum", "/f"))
        # Copies that the namenode orders.
        self.run_words("dfs", "-D", "dfs.replication=1", "-put", "f", "/g")
        self.run_words("dfs", "-setrep", "-w", "3", "/g")
        self.assertIn("HEALTHY", self.run_words("hdfs", "fsck", "/"))

        found = self.run_words("hdfs", "fsck", "/g", "-files", "-blocks")
        block, stamp = (int(part) for part in found.split("blk_")[1].split()[0].split("_"))
        for bytes_of_token in (token(), token(b"\x08\x01", b"x" * 32, "HDFS_BLOCK_TOKEN")):
            status, answer = self.read_raw(block, stamp, bytes_of_token)
            self.assertEqual(status, ERROR_ACCESS_TOKEN, answer)

    def test_a_long_read_fetches_tokens_again(self):
        self.up_with_tokens("-n", "1", "-D", "dfs.block.access.token.lifetime=2s",
                            "-D", "dfs.block.access.key.update.interval=1s")
        data = os.urandom(4_000_000)
        (self.dir / "f").write_bytes(data)
        self.run_words("dfs", "-D", "dfs.blocksize=1m", "-put", "f", "/f")
        reader = subprocess.Popen(["dfs", "-D", "dfs.client.read.shortcircuit=false", "-cat", "/f"], env=self.env,
                                  stdout=subprocess.PIPE)
        got = reader.stdout.read(1_000_000)
        time.sleep(6)  # the locations that the reader has are as old now; nothing happens that could be waited for
        got += reader.stdout.read()
        self.assertEqual(reader.wait(timeout=60), 0)
        reader.stdout.close()
        self.assertEqual(got, data)
        log = "".join(path.read_text(encoding="utf-8") for path in self.cluster().rglob("datanode*.log"))
        self.assertRegex(log, "it has expired|is out of use")


if __name__ == "__main__":
    unittest.main()
