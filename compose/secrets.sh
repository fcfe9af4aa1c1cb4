#!/bin/sh
# Makes the secrets of the compose file's profile `kafka`, each readable to the one user that needs it. What is there already is left.
# usage: sudo compose/secrets.sh [DIRECTORY]
#   kafka-password       what our processes log in with (user 10001 of our image)
#   kafka-broker-login   the same, as the broker wants to be told (user 1000 of apache/kafka)
#   feed-token           what clients of both alerting processes show (user 10001)
# To change the password, delete the first two, run this again and restart everything; the token: delete it, run this, restart alerting.
set -eu
umask 077
directory=${1:-$(dirname "$0")/secrets}
[ "$(id -u)" = 0 ] || { echo 'run it as root: the files belong to the users of the containers' >&2; exit 1; }
mkdir -p "$directory"
cd "$directory"

# 32 random bytes in base64url.
random() { head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'; }
# keep NAME UID: puts what comes in into the file, unless it is there.
keep() {
  [ -e "$1" ] && return
  cat >"$1.new"
  chmod 0400 "$1.new"
  chown "$2:$2" "$1.new"
  mv "$1.new" "$1"
  echo "made $directory/$1"
}

random | keep kafka-password 10001
password=$(cat kafka-password)
keep kafka-broker-login 1000 <<JAAS
KafkaServer {
  org.apache.kafka.common.security.plain.PlainLoginModule required
  username="moorwatch"
  password="$password"
  user_moorwatch="$password";
};
JAAS
random | keep feed-token 10001
