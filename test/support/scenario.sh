#!/bin/sh
# What happens in the recorded sessions. usage: scenario.sh prepare | demo | busy    (DOCKER_HOST names a lab engine; images as start.sh makes)
set -u
n='--network none'
step() { sleep "${PAUSE:-1}"; }
quiet() { "$@" >/dev/null 2>&1 || true; }

prepare() {
  for image in acme/web:2.4 acme/db:16 acme/worker:1.9; do quiet docker tag lab/bb:1 "$image"; done
  quiet docker rmi lab/bb:1
  compose='--label com.docker.compose.project=shop --label com.docker.compose.container-number=1'
  quiet docker network create --internal shop_default
  quiet docker network create --internal backoffice
  quiet docker run -d --name shop-web-1 --network shop_default $compose --label com.docker.compose.service=web -u 1000 acme/web:2.4
  quiet docker run -d --name shop-db-1 --network shop_default $compose --label com.docker.compose.service=db --health-cmd 'true' --health-interval 4s acme/db:16
  quiet docker run -d --name shop-worker-1 --network shop_default $compose --label com.docker.compose.service=worker -u 1000 --memory 64m acme/worker:1.9
}

demo() {
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
  quiet docker update --restart always --memory 512m --memory-swap 512m shop-worker-1
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

# The same, then a host at work: jobs come and go, a replacement, several hundred events.
busy() {
  demo
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
