#!/bin/bash
# Starts one Kafka broker (KRaft, broker and controller in one process) on loopback, its log and configuration under DIR.
# usage: start.sh DIR [PORT]   → prints host:port. PORT (default 19092) serves clients, PORT+1 the controller.
# Optional files in DIR: extra.properties (added to the broker's configuration, and stronger), format.args (arguments for
# formatting, one a line). KAFKA_HEAP: most memory of the broker's heap (default 512m).
# Started again on the same DIR it goes on with the same log. Needs java 17+ and mvn (libs.sh). Stop it with stop.sh DIR.
set -eu
mkdir -p "$1"
dir=$(cd "$1" && pwd)
port=${2:-19092}
here=$(cd "$(dirname "$0")" && pwd)
libs=$("$here/libs.sh")
cd "$dir"
cp "$here/log4j2.properties" log4j2.properties
cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.retention.check.interval.ms=1000
log.cleaner.backoff.ms=500
PROPERTIES
[ ! -f extra.properties ] || cat extra.properties >>server.properties
format=()
[ ! -f format.args ] || mapfile -t format <format.args
# C1 only: starts in 4 s instead of 7 s, and is no slower in a test.
java="java -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
if [ ! -f data/meta.properties ]; then
  $java -Xmx256m -cp "$libs/*" kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qk -c server.properties "${format[@]}" \
    >format.log 2>&1
  # It names the keys of the users.
  rm -f format.log
fi
setsid $java -Xms128m "-Xmx${KAFKA_HEAP:-512m}" -Dlog4j2.configurationFile=log4j2.properties -cp "$libs/*" kafka.Kafka server.properties \
  >>broker.log 2>&1 </dev/null &
echo $! >broker.pid
tries=0
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$(cat broker.pid)" 2>/dev/null; then
    echo "the broker did not start; see $dir/broker.log" >&2
    tail -n 20 broker.log >&2
    exit 1
  fi
  sleep 0.1
done
echo "127.0.0.1:$port"
