#!/bin/sh
# What happens in the recorded sessions. usage: scenario.sh prepare | demo | busy    (DOCKER_HOST names a lab engine; images as start.sh makes)
# A session is recorded so: prepare, then record-session.ts beside demo or busy; at last the lab's directories get their usual names (/var/lib/docker).
set -u
n='--network none'
step() { sleep "${PAUSE:-1}"; }
quiet() { "$@" >/dev/null 2>&1 || true; }

compose='--label com.docker.compose.project=shop --label com.docker.compose.container-number=1'
# web VERSION [FURTHER FLAGS]
web() {
  version=$1
  shift
  quiet docker run -d --name shop-web-1 --network shop_default $compose --label com.docker.compose.service=web -u 1000 "$@" "acme/web:$version"
}

prepare() {
  for image in acme/web:2.4 acme/db:16 acme/worker:1.9; do quiet docker tag lab/bb:1 "$image"; done
  # Of the next release of the web server only its image is there yet.
  docker run -d --name next acme/web:2.4 >/dev/null
  docker export next | docker import -c 'CMD ["sleep","3600"]' -c 'LABEL version=2.5' - acme/web:2.5 >/dev/null
  quiet docker rm -f next
  quiet docker rmi lab/bb:1
  quiet docker volume create shop_orders
  quiet docker network create --internal shop_default
  quiet docker network create --internal backoffice
  web 2.4
  quiet docker run -d --name shop-db-1 --network shop_default $compose --label com.docker.compose.service=db -v shop_orders:/var/lib/orders --health-cmd 'true' --health-interval 4s acme/db:16
  quiet docker run -d --name shop-worker-1 --network shop_default $compose --label com.docker.compose.service=worker -u 1000 --memory 64m acme/worker:1.9
}

# What the shop always does: somebody's script looks how many orders there are.
ordinary() {
  for i in 1 2 3 4 5 6 7 8 9; do
    sleep 2.2
    quiet docker exec shop-db-1 ls /var/lib/orders
  done
}

# What no rule knows, and the shop never did: another user packs the orders, and a release of the web server gets them.
unusual() {
  step
  quiet docker exec -u 33 shop-db-1 tar -cf /tmp/orders.tar /var/lib/orders
  step
  quiet docker rm -f shop-web-1
  web 2.5 -v shop_orders:/srv/orders
}

demo() {
  ordinary
  unusual
  attack
}

attack() {
  step
  quiet docker exec shop-web-1 ls /
  step
  quiet docker run -d --name metrics-helper $n -v /var/run/docker.sock:/var/run/docker.sock acme/worker:1.9
  step
  quiet docker exec --privileged -u 0 shop-worker-1 id
  step
  quiet script -qec 'docker exec -it shop-db-1 sh -c id' /dev/null
  step
  quiet docker volume create cache-data -o type=none -o o=bind -o device=/
  quiet docker run -d --name cache $n -v cache-data:/data acme/worker:1.9
  step
  quiet docker run -d --name node-tools --privileged --pid host $n acme/worker:1.9
  step
  quiet docker rename metrics-helper watchtower-2
  quiet docker update --restart always watchtower-2
  step
  quiet docker network connect backoffice shop-web-1
  step
  quiet docker run -d --name innocuous --label execID=0000000000000000000000000000000000000000000000000000000000000000 $n acme/web:2.4
  quiet docker exec innocuous sh -c 'wget -q -O- http://127.0.0.1/x | sh'
  step
  quiet docker rm -f cache
  quiet docker volume rm cache-data
  step
}

# The attack, then a host at work: jobs come and go, a replacement, several hundred events.
busy() {
  attack
  for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    quiet docker run -d --name "job-$i" $n --cap-add NET_ADMIN acme/worker:1.9
    quiet docker exec "job-$i" true
    quiet docker exec "job-$i" echo "$i"
    quiet docker exec --privileged "job-$i" id
    quiet docker rm -f "job-$i"
  done
  quiet docker run -d --name watcher $n -v /var/run/docker.sock:/var/run/docker.sock acme/worker:1.9
  step
  quiet docker rm -f watcher
  quiet docker run -d --name watcher $n -v /var/run/docker.sock:/var/run/docker.sock acme/worker:1.9
  step
  quiet docker rm -f watcher
  quiet docker run -d --name watcher $n --cap-add SYS_ADMIN -v /var/run/docker.sock:/var/run/docker.sock acme/worker:1.9
  for i in $(seq 1 60); do quiet docker exec shop-worker-1 echo "$i"; done
  quiet docker exec --privileged shop-worker-1 id
  step
}

"$1"
