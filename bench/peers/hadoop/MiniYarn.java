// Hadoop in one process beside which our cluster is measured: namenode, one datanode and, unless told otherwise,
// resource manager, one node manager and history server, on free ports of the loopback interface. Tasks run in
// processes of their own, as on any YARN cluster.
//
//   java -cp JARS MiniYarn.java DIRECTORY hdfs|yarn [key=value ...]
//
// Writes site files to DIRECTORY/conf, with which client programs find it, prints "ready PORT" (the namenode's) and
// runs until its standard input ends.

import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.mapreduce.v2.MiniMRYarnCluster;
import org.apache.hadoop.yarn.conf.YarnConfiguration;

public class MiniYarn {
  // What was set, without the thousands of defaults, which every program has by itself.
  private static void write(Configuration configuration, File file) throws Exception {
    Configuration set = new Configuration(false);
    for (Map.Entry<String, String> entry : configuration) {
      String[] sources = configuration.getPropertySources(entry.getKey());
      if (sources == null || !sources[sources.length - 1].endsWith("-default.xml")) {
        set.set(entry.getKey(), entry.getValue());
      }
    }
    file.getParentFile().mkdirs();
    try (OutputStream out = new FileOutputStream(file)) {
      set.writeXml(out);
    }
  }

  public static void main(String[] words) throws Exception {
    File directory = new File(words[0]).getAbsoluteFile();
    Configuration configuration = new YarnConfiguration();
    for (String word : Arrays.asList(words).subList(2, words.length)) {
      int equals = word.indexOf('=');
      configuration.set(word.substring(0, equals), word.substring(equals + 1));
    }
    // A namenode of production flushes its journal before it answers; this one would not unless told to.
    MiniDFSCluster files = new MiniDFSCluster.Builder(configuration, new File(directory, "dfs"))
        .numDataNodes(1).skipFsyncForTesting(false).build();
    files.waitActive();
    FileSystem.setDefaultUri(configuration, files.getURI());
    MiniMRYarnCluster yarn = null;
    if (words[1].equals("yarn")) {
      yarn = new MiniMRYarnCluster("bench", 1);
      yarn.init(configuration);
      yarn.start();
      configuration = yarn.getConfig();
    }
    // Each site file overrides the defaults of its own part alone.
    for (String part : new String[] {"core", "hdfs", "mapred", "yarn"}) {
      write(configuration, new File(directory, "conf/" + part + "-site.xml"));
    }
    System.out.println("ready " + files.getNameNodePort());
    while (System.in.read() >= 0) {
    }
    if (yarn != null) {
      yarn.stop();
    }
    files.shutdown(true);
    System.exit(0);
  }
}
