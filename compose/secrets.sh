#!/bin/sh
# Makes the secrets of the compose file's profile `kafka`, each readable to the one user that needs it. What is there already is left.
# usage: sudo compose/secrets.sh [DIRECTORY]
#   kafka-NAME-password  what each part logs in with (user 10001 of our image); admin is who gives the others their rights
#   kafka-broker-login   who may log in as admin, as the broker wants to be told (user 1000 of apache/kafka)
#   feed-token           what clients of both alerting processes show (user 10001)
# To change the password of a part, delete its file, run this again, then `docker compose up -d --force-recreate` for kafka-setup and the part.
# That of admin: with kafka-broker-login, and for the broker and kafka-setup. The token: delete it, run this, restart alerting.
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

for name in admin collector analyzer alerting; do random | keep "kafka-$name-password" 10001; done
password=$(cat kafka-admin-password)
keep kafka-broker-login 1000 <<JAAS
KafkaServer {
  org.apache.kafka.common.security.plain.PlainLoginModule required
  username="admin"
  password="$password"
  user_admin="$password";
  org.apache.kafka.common.security.scram.ScramLoginModule required;
};
JAAS
random | keep feed-token 10001
