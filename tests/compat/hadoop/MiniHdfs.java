// A real HDFS in one process, for tests: Hadoop's own namenode and datanodes on free ports of the loopback interface.
//
//   java -cp JARS MiniHdfs.java DIRECTORY DATANODES [key=value ...]
//
// Prints "ready PORT" and then obeys lines of its standard input, answering each with one line, "ok ..." or "error ...":
//   stop N             stops datanode N for good, as if it had died
//   restart N          starts it again on the ports that it had
//   corrupt BLOCK_FILE flips bytes in the middle of every replica of the first block of a file of the DFS
//   checksum PATH      what Hadoop's client says is the file's checksum: algorithm and hex
//   composite PATH     the same of the other kind
//   read PATH          length and CRC-32 of the file as Hadoop's client reads it
//   write PATH SIZE    writes that many bytes, byte i being i * 31 + i / 251
//   fsck PATH          "healthy" or not, and how many replicas its blocks have at least
// At the end of its input it stops.

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileChecksum;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DFSTestUtil;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.ExtendedBlock;
import org.apache.hadoop.hdfs.protocol.LocatedBlock;

public class MiniHdfs {
  private final MiniDFSCluster cluster;
  private final Configuration configuration;
  private final List<MiniDFSCluster.DataNodeProperties> stopped = new ArrayList<>();

  private MiniHdfs(MiniDFSCluster cluster, Configuration configuration) {
    this.cluster = cluster;
    this.configuration = configuration;
  }

  private static byte at(long i) {
    return (byte) (i * 31 + i / 251);
  }

  private FileSystem fileSystem(String combine) throws Exception {
    Configuration own = new Configuration(configuration);
    own.set("dfs.checksum.combine.mode", combine);
    return FileSystem.newInstance(cluster.getURI(), own);
  }

  private String checksum(String path, String combine) throws Exception {
    try (FileSystem fs = fileSystem(combine)) {
      FileChecksum checksum = fs.getFileChecksum(new Path(path));
      StringBuilder hex = new StringBuilder();
      byte[] bytes = checksum.getBytes();  // the array may be longer than the checksum
      for (int i = 0; i < checksum.getLength(); ++i) hex.append(String.format("%02x", bytes[i]));
      return checksum.getAlgorithmName() + " " + hex;
    }
  }

  private String read(String path) throws Exception {
    CRC32 crc = new CRC32();
    long length = 0;
    byte[] buffer = new byte[1 << 16];
    try (FSDataInputStream in = cluster.getFileSystem().open(new Path(path))) {
      for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
        crc.update(buffer, 0, got);
        length += got;
      }
    }
    return length + " " + String.format("%08x", crc.getValue());
  }

  private String write(String path, long size) throws Exception {
    byte[] buffer = new byte[1 << 16];
    try (OutputStream out = cluster.getFileSystem().create(new Path(path), true)) {
      for (long done = 0; done < size;) {
        int part = (int) Math.min(buffer.length, size - done);
        for (int i = 0; i < part; ++i) buffer[i] = at(done + i);
        out.write(buffer, 0, part);
        done += part;
      }
    }
    return "";
  }

  private String corrupt(String path, int replicas) throws Exception {
    ExtendedBlock block = DFSTestUtil.getFirstBlock(cluster.getFileSystem(), new Path(path));
    int done = 0;
    for (int i = 0; i < cluster.getDataNodes().size() && done < replicas; ++i) {
      File file = cluster.getBlockFile(i, block);
      if (file == null) continue;
      try (RandomAccessFile data = new RandomAccessFile(file, "rw")) {
        long middle = data.length() / 2;
        data.seek(middle);
        int old = data.read();
        data.seek(middle);
        data.write(old ^ 0xff);
      }
      ++done;
    }
    return done + " replicas of " + block;
  }

  private String fsck(String path) throws Exception {
    FileSystem fs = cluster.getFileSystem();
    FileStatus status = fs.getFileStatus(new Path(path));
    int least = Integer.MAX_VALUE;
    boolean healthy = true;
    for (BlockLocation location : fs.getFileBlockLocations(status, 0, Long.MAX_VALUE)) {
      least = Math.min(least, location.getHosts().length);
      healthy &= !location.isCorrupt() && location.getHosts().length > 0;
    }
    return (healthy ? "healthy " : "unhealthy ") + least;
  }

  private String obey(String[] words) throws Exception {
    switch (words[0]) {
      case "stop":
        stopped.add(cluster.stopDataNode(Integer.parseInt(words[1])));
        return "";
      case "restart":
        for (MiniDFSCluster.DataNodeProperties node : stopped) cluster.restartDataNode(node, true);
        stopped.clear();
        cluster.waitActive();
        return "";
      case "corrupt":
        return corrupt(words[1], words.length > 2 ? Integer.parseInt(words[2]) : 1);
      case "checksum":
        return checksum(words[1], "MD5MD5CRC");
      case "composite":
        return checksum(words[1], "COMPOSITE_CRC");
      case "read":
        return read(words[1]);
      case "write":
        return write(words[1], Long.parseLong(words[2]));
      case "fsck":
        return fsck(words[1]);
      case "ports": {
        // Transfer ports of the datanodes, in their order: which one to stop.
        StringBuilder ports = new StringBuilder();
        cluster.getDataNodes().forEach(node -> ports.append(node.getXferPort()).append(' '));
        return ports.toString().trim();
      }
      default:
        throw new IllegalArgumentException("unknown command " + words[0]);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, arguments[0]);
    configuration.setLong("dfs.namenode.fs-limits.min-block-size", 1024);
    configuration.setLong("dfs.blocksize", 1 << 20);
    configuration.setLong("dfs.heartbeat.interval", 1);
    configuration.setBoolean("dfs.permissions.enabled", true);
    for (int i = 2; i < arguments.length; ++i) {
      String[] pair = arguments[i].split("=", 2);
      configuration.set(pair[0], pair[1]);
    }
    MiniDFSCluster cluster =
        new MiniDFSCluster.Builder(configuration).numDataNodes(Integer.parseInt(arguments[1])).build();
    cluster.waitActive();
    MiniHdfs hdfs = new MiniHdfs(cluster, configuration);
    System.out.println("ready " + cluster.getNameNodePort());
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String answer;
      try {
        answer = "ok " + hdfs.obey(line.trim().split(" "));
      } catch (Throwable error) {
        answer = "error " + error.toString().replace('\n', ' ');
      }
      System.out.println(answer.trim());
    }
    cluster.shutdown(true);
    System.exit(0);
  }
}
