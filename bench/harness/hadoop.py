"""A real Hadoop as a peer: its jars from Maven, a cluster of it on this machine, programs of it."""
import contextlib
import glob
import os
import select
import shutil
import subprocess

from harness import measure

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers", "hadoop")
VERSION = "3.4.2"
FETCH_SECONDS_MAX = 600
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 60
# What Hadoop's libraries reach into on Java 17; its own scripts pass the same to daemons.
OPENS = [word for name in ("java.lang", "java.lang.reflect", "java.util", "java.util.concurrent", "java.net", "java.nio")
         for word in ("--add-opens", "java.base/%s=ALL-UNNAMED" % name)]
# Memory for three tasks at once beside the job's master, so that two cores stay busy while a reduce waits for maps.
NODE = ("yarn.nodemanager.resource.memory-mb=4096", "yarn.nodemanager.resource.cpu-vcores=2",
        "yarn.scheduler.minimum-allocation-mb=256", "yarn.app.mapreduce.am.resource.mb=1024",
        "yarn.app.mapreduce.am.command-opts=-Xmx768m",
        "mapreduce.map.memory.mb=1024", "mapreduce.reduce.memory.mb=1024",
        "mapreduce.map.java.opts=-Xmx768m", "mapreduce.reduce.java.opts=-Xmx768m")
LOGGING = """log4j.rootLogger=WARN,err
log4j.logger.org.apache.hadoop.hdfs.server.namenode.NNThroughputBenchmark=INFO
log4j.appender.err=org.apache.log4j.ConsoleAppender
log4j.appender.err.target=System.err
log4j.appender.err.layout=org.apache.log4j.PatternLayout
log4j.appender.err.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
"""


def jars(build):
    """The folder with Hadoop's jars below `build`; fetched when it is not there."""
    if shutil.which("java") is None:
        raise measure.Refused("there is no java")
    folder = os.path.join(build, "hadoop-" + VERSION)
    if os.path.isdir(folder):
        return folder
    if shutil.which("mvn") is None:
        raise measure.Refused("there are no jars of Hadoop in %s and no mvn to fetch them" % folder)
    part = folder + ".part"
    measure.remove(part)
    command = ["mvn", "-q", "-B", "-f", os.path.join(HERE, "pom.xml"), "dependency:copy-dependencies",
               "-DoutputDirectory=" + part]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=FETCH_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired as e:
        raise measure.Refused("mvn did not fetch the jars of Hadoop within %d s" % FETCH_SECONDS_MAX) from e
    if done.returncode != 0:
        raise measure.Refused("mvn cannot fetch the jars of Hadoop: " + " ".join(done.stdout.split())[:300])
    os.rename(part, folder)
    return folder


class Hadoop:
    """Hadoop's daemons in one JVM (peers/hadoop/MiniYarn.java), with all they own in `folder`."""

    def __init__(self, build, folder, kind, settings=()):
        self.jars, self.folder = jars(build), folder
        self.conf = os.path.join(folder, "conf")
        measure.remove(folder)
        os.makedirs(self.conf)
        os.makedirs(os.path.join(folder, "tmp"))
        with open(os.path.join(self.conf, "log4j.properties"), "w", encoding="ascii") as f:
            f.write(LOGGING)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("HADOOP_", "YARN_", "MR_CONF"))}
        self.env["JAVA_HOME"] = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("java"))))
        # Not on the command line, where its ten thousand characters would hide the rest from who reads a log.
        self.env["CLASSPATH"] = ":".join([self.conf, *sorted(glob.glob(os.path.join(self.jars, "*.jar")))])
        self.log = os.path.join(folder, "hadoop.log")
        command = self.java(1024, os.path.join(HERE, "MiniYarn.java"), folder, kind, "dfs.replication=1",
                            *(NODE if kind == "yarn" else ()), *settings)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=log, start_new_session=True)
        try:
            self.port = self._ready()
        except BaseException:
            self.close()
            raise

    def _ready(self):
        out = self.process.stdout
        while True:
            if not select.select([out], [], [], START_SECONDS_MAX)[0]:
                raise measure.Refused("Hadoop is not ready after %d s; see %s" % (START_SECONDS_MAX, self.log))
            line = out.readline()
            if not line:
                raise measure.Refused("Hadoop did not start:\n" + self._end_of_log())
            if line.startswith(b"ready "):
                return int(line.split()[1])

    def _end_of_log(self):
        with open(self.log, "rb") as f:
            return f.read()[-1500:].decode(errors="replace")

    def java(self, heap_mb, *words):
        """The command line of a program of Hadoop's, which with `env` finds this cluster."""
        return ["java", *OPENS, "-Xmx%dm" % heap_mb, "-Djava.net.preferIPv4Stack=true",
                "-Djava.io.tmpdir=" + os.path.join(self.folder, "tmp"), "-Dtest.build.data=" + os.path.join(self.folder, "test"),
                *map(str, words)]

    def uri(self):
        return "hdfs://127.0.0.1:%d" % self.port

    def close(self):
        if self.process.poll() is None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self._end_orphans()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_orphans(self):
        """A node manager that was killed leaves tasks behind, in sessions of their own; their words name our folder."""
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            with contextlib.suppress(OSError), open(path, "rb") as f:
                words = f.read().split(b"\0")
                if os.path.basename(words[0]) in (b"java", b"bash") and any(self.folder.encode() in w for w in words):
                    os.kill(int(path.split("/")[2]), 9)
