#!/bin/bash
# Imports the broker's image that docker-compose.yml names, made of this machine's Java and of Kafka's jars from Maven Central.
#   as in apache/kafka       the user 1000; the configuration, made of the variables KAFKA_… by the program that the image runs for it
#                            (kafka.docker.KafkaDockerWrapper, from Kafka's own jars) in the same directories; directories, owners, volumes; bash
#   not as in apache/kafka   Java's version, Alpine, the image's own launch scripts
# usage: DOCKER_HOST=… image.sh TAG     (Debian or Ubuntu, root)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
libs=$("$here/libs.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/../image-root.sh"

image=$work/image
root_of "$image" openjdk-17-jre-headless bash dash coreutils grep
printf 'appuser:x:1000:1000::/home/appuser:/bin/bash\n' >>"$image/etc/passwd"
# Java reads its settings from there.
cp -r /etc/java-17-openjdk "$image/etc/"
ln -sf "$(readlink -f "$(command -v java)")" "$image/usr/bin/java"
mkdir -p "$image"/opt/kafka/{config,logs,libs} "$image"/etc/kafka/{docker,secrets} "$image/var/lib/kafka/data" "$image/mnt/shared/config"
cp "$libs"/*.jar "$image/opt/kafka/libs/"
cat >"$image/etc/kafka/docker/log4j2.yaml" <<'YAML'
Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout: { pattern: "%d %p %c{1} %m%n" }
  Loggers:
    Root:
      level: INFO
      AppenderRef: [{ ref: STDOUT }]
YAML
cat >"$image/etc/kafka/docker/run" <<'RUN'
#!/bin/bash
set -eu
java="java ${KAFKA_HEAP_OPTS:-} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp /opt/kafka/libs/*"
set -f
made=$($java kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \
  --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1) ||
  { echo "$made" | grep -i 'already formatted' || { echo "$made"; exit 1; }; }
exec $java ${KAFKA_OPTS:-} -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml kafka.Kafka /opt/kafka/config/server.properties
RUN
chmod 755 "$image/etc/kafka/docker/run"
chown -R 1000:1000 "$image/opt/kafka" "$image/etc/kafka" "$image/var/lib/kafka" "$image/mnt/shared"
tar -C "$image" -c . | docker import -c 'USER 1000' -c 'CMD ["/etc/kafka/docker/run"]' \
  -c 'VOLUME ["/etc/kafka/secrets", "/var/lib/kafka/data", "/mnt/shared/config"]' - "$1" >/dev/null
