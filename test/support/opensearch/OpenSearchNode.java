import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** OpenSearch in one process without its distribution: one node on loopback. Arguments: its directory, the port for HTTP, the one between nodes. */
public final class OpenSearchNode extends Node {
  private OpenSearchNode(Settings settings, Path config) {
    super(
      InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), config, () -> "judge"),
      List.of(Netty4Plugin.class, MapperExtrasPlugin.class),
      true
    );
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    Settings settings = Settings.builder()
      .put("path.home", home)
      .put("path.data", home.resolve("data"))
      .put("http.port", arguments[1])
      .put("transport.port", arguments[2])
      .put("network.host", "127.0.0.1")
      .put("discovery.type", "single-node")
      .put("node.name", "judge")
      .put("cluster.name", "moorwatch-test")
      .put("http.type", "netty4")
      .put("transport.type", "netty4")
      .put("cluster.routing.allocation.disk.threshold_enabled", false)
      .build();
    new OpenSearchNode(settings, home.resolve("config")).start();
    Thread.currentThread().join();
  }
}
