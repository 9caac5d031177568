"""start-dfs.sh and stop-dfs.sh: daemons on "hosts" that a stand-in for ssh reaches, and what is told of those that
fail."""

import os
import re
import shutil
import socket
import subprocess
import unittest

from private_cluster import PREFIX, PrivateClusterTest

SBIN = PREFIX / "sbin"

# Runs the command here, with directories of its own for each host, so that several hosts fit on one.
SSH = """#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    -o) echo "$2" >>"$HOSTS/options"; shift 2 ;;
    --) shift; break ;;
    *) break ;;
  esac
done
host=$1
shift
echo "$host" >>"$HOSTS/asked"
if [ "$host" = unreachable ]; then echo "ssh: connect to host unreachable port 22: No route to host" >&2; exit 255; fi
mkdir -p "$HOSTS/$host"
exec env HOME="$HOSTS/$host" sh -c "$* -D dfs.datanode.data.dir=$HOSTS/$host/data"
"""


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class StartStop(PrivateClusterTest):
    def setUp(self):
        super().setUp()
        self.conf = self.dir / "conf"
        self.hosts = self.dir / "hosts"
        stubs = self.dir / "stubs"
        for folder in (self.conf, self.hosts, stubs):
            folder.mkdir()
        (stubs / "ssh").write_text(SSH, encoding="utf-8")
        (stubs / "ssh").chmod(0o755)
        self.env.update(PATH="%s:%s" % (stubs, self.env["PATH"]), HOSTS=str(self.hosts), MR_CONF_DIR=str(self.conf),
                        USER=os.environ.get("USER", "nobody"))
        self.port = free_port()
        self.site(self.port)
        self.run_words("hdfs", "namenode", "-format")
        self.addCleanup(self.stop_all)

    def site(self, port):
        properties = {"fs.defaultFS": "hdfs://127.0.0.1:%d" % port, "dfs.namenode.name.dir": self.dir / "name",
                      "dfs.datanode.data.dir": self.dir / "data-here", "dfs.datanode.address": "127.0.0.1:0",
                      "dfs.datanode.ipc.address": "127.0.0.1:0", "dfs.heartbeat.interval": "1",
                      "dfs.namenode.safemode.extension": "0"}
        text = "".join("<property><name>%s</name><value>%s</value></property>" % pair for pair in properties.items())
        (self.conf / "core-site.xml").write_text("<configuration>%s</configuration>" % text, encoding="utf-8")

    def stop_all(self):
        subprocess.run([str(SBIN / "stop-dfs.sh")], env=self.env, cwd=self.dir, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120, check=False)

    def workers(self, text):
        (self.conf / "workers").write_text(text, encoding="utf-8")

    def live(self):
        report = self.run_words("hdfs", "dfsadmin", "-report", "-live")
        return int(re.search(r"Live datanodes \((\d+)\)", report)[1])

    def test_a_round_over_three_hosts(self):
        self.workers("# the hosts\nlocalhost\n\n  east  # one\nwest\neast\n")
        said = self.run_words(SBIN / "start-dfs.sh")
        self.assertRegex(said, r"\AStarting namenodes on \[127.0.0.1\]\n127.0.0.1: namenode started as process \d+\n"
                               r"Starting datanodes\nlocalhost: datanode started as process \d+\n"
                               r"east: datanode started as process \d+\nwest: datanode started as process \d+\n\Z")
        self.assertEqual(sorted((self.hosts / "asked").read_text(encoding="utf-8").split()), ["east", "west"])
        self.assertIn("BatchMode=yes", (self.hosts / "options").read_text(encoding="utf-8"))
        self.eventually("three datanodes", lambda: self.live() == 3)
        self.run_words("dfs", "-put", "-", "/f", stdin="bytes")
        # What runs is left alone.
        again = self.run_words(SBIN / "start-dfs.sh")
        self.assertEqual(again.count(" is running as process "), 4)
        self.assertIn("is running", self.run_words(SBIN / "mr-daemon.sh", "status", "namenode"))
        stopped = self.run_words(SBIN / "stop-dfs.sh")
        self.assertEqual(stopped, "Stopping namenodes on [127.0.0.1]\n127.0.0.1: namenode stopped\nStopping datanodes\n"
                                  "localhost: datanode stopped\neast: datanode stopped\nwest: datanode stopped\n")
        self.assertEqual(self.run_words(SBIN / "stop-dfs.sh").count(" is not running\n"), 4)
        self.run_words(SBIN / "mr-daemon.sh", "status", "datanode", status=3)
        # One by one, under Hadoop's names.
        self.assertRegex(self.run_words("hdfs", "--daemon", "start", "namenode"),
                         r"\Anamenode started as process \d+\n\Z")
        self.assertIn("is running", self.run_words("hdfs", "--config", self.conf, "--daemon", "status", "namenode"))
        self.run_words("hdfs", "--daemon", "start", "journalnode", status=255)
        self.run_words(SBIN / "start-dfs.sh")
        self.run_words("hdfs", "dfsadmin", "-safemode", "wait")
        self.assertEqual(self.run_words("dfs", "-cat", "/f"), "bytes")

    def test_everything_starts_and_stops_and_runs_a_job(self):
        port = free_port()
        properties = {"mapreduce.framework.name": "cluster", "mapreduce.jobtracker.address": "127.0.0.1:%d" % port,
                      "mapreduce.jobtracker.http.address": "127.0.0.1:0", "mr.jobtracker.dir": self.dir / "jobtracker",
                      "mapreduce.tasktracker.http.address": "127.0.0.1:0", "mr.tasktracker.shuffle.address": "127.0.0.1:0",
                      "mapreduce.cluster.local.dir": self.dir / "local",
                      "mr.tasktracker.userlogs.dir": self.dir / "userlogs"}
        text = "".join("<property><name>%s</name><value>%s</value></property>" % pair for pair in properties.items())
        (self.conf / "mapred-site.xml").write_text("<configuration>%s</configuration>" % text, encoding="utf-8")
        self.workers("localhost\n")
        said = self.run_words(SBIN / "start-all.sh")
        self.assertRegex(said, r"Starting jobtracker on \[127.0.0.1\]\n127.0.0.1: jobtracker started as process \d+\n"
                               r"Starting tasktrackers\nlocalhost: tasktracker started as process \d+\n\Z")
        try:
            self.assertIn("is running", self.run_words("mapred", "--daemon", "status", "jobtracker"))
            self.eventually("a datanode", lambda: self.live() == 1)
            self.run_words("dfs", "-D", "dfs.replication=1", "-put", "-", "/f", stdin="to be or not to be\n")
            self.run_words("mr", "jar", os.environ["MR_PLUGINS"] + "/count.so", "-D", "dfs.replication=1", "/f", "/out")
            self.assertIn("to\t2\n", self.run_words("dfs", "-cat", "/out/part-r-00000"))
        finally:
            said = self.run_words(SBIN / "stop-all.sh")
        self.assertRegex(said, r"\AStopping tasktrackers\nlocalhost: tasktracker stopped\nStopping jobtracker on "
                               r"\[127.0.0.1\]\n127.0.0.1: jobtracker stopped\nStopping namenodes")

    def test_a_host_that_fails_is_told_and_the_others_start(self):
        self.workers("unreachable\neast\n")
        said = self.run_words(SBIN / "start-dfs.sh", status=1)
        self.assertIn("unreachable: ssh: connect to host unreachable", said)
        self.assertRegex(said, r"\neast: datanode started as process \d+\n")
        self.eventually("one datanode", lambda: self.live() == 1)
        self.assertIn("east: datanode stopped", self.run_words(SBIN / "stop-dfs.sh", status=1))

    def test_a_daemon_that_cannot_start_says_why(self):
        shutil.rmtree(self.dir / "name")
        self.workers("")
        said = self.run_words(SBIN / "start-dfs.sh", status=1)
        self.assertIn("127.0.0.1: namenode did not start: ", said)
        self.assertIn("-format", said)
        self.run_words(SBIN / "mr-daemon.sh", "status", "namenode", status=3)

    def test_a_process_with_the_number_of_a_dead_daemon_is_left_alone(self):
        other = subprocess.Popen(["sleep", "60"])
        try:
            run = self.dir / "run"
            run.mkdir()
            env = {**self.env, "MR_PID_DIR": str(run)}
            user = self.run_words("id", "-un").strip()
            (run / ("mr-%s-datanode.pid" % user)).write_text("%d\n" % other.pid, encoding="utf-8")
            self.assertEqual(self.run_words(SBIN / "mr-daemon.sh", "stop", "datanode", env=env),
                             "datanode is not running\n")
            self.run_words(SBIN / "mr-daemon.sh", "status", "datanode", env=env, status=1)
            self.assertIsNone(other.poll())
        finally:
            other.kill()
            other.wait()

    def test_wrong_words(self):
        self.run_words(SBIN / "start-dfs.sh", "now", status=255)
        self.run_words(SBIN / "stop-dfs.sh", "--help", status=0)
        self.run_words(SBIN / "start-mapred.sh", "now", status=255)
        self.run_words(SBIN / "start-all.sh", "now", status=255)
        self.run_words(SBIN / "mr-daemon.sh", "start", "journalnode", status=255)


if __name__ == "__main__":
    unittest.main()
