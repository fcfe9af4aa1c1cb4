/**
 * The containers of a home lab: the catalogue's benign corpus (§3), as far as it can be acted out with busybox and goes on for a week. Names begin
 * with the id of the corpus' line.
 */
export interface Member {
  readonly name: string;
  /** Catalogue rows that its line of the corpus names. */
  readonly rows: string;
  /** Options of `docker create`, and after the image the command. `$S` is the engine's socket, `$D` its data. */
  readonly options: string;
  readonly command?: string;
  /** Made and never started: what it needs to run is not there. */
  readonly onlyCreated?: true;
  /** Keeps the image that it was made from: another container is bound to it by id. */
  readonly keeps?: true;
}

const compose = (service: string) =>
  `--network b24_default --network-alias ${service} --label com.docker.compose.project=b24 --label com.docker.compose.service=${service} \\
    --label com.docker.compose.container-number=1 --label com.docker.compose.oneoff=False --label com.docker.compose.config-hash=1`;

export const fleet: readonly Member[] = [
  {
    name: 'b01-web',
    rows: '',
    options: `--network front --expose 80 --health-interval 2s --health-cmd 'wget -q -O- http://127.0.0.1:80/etc/passwd || exit 1'`,
    command: 'httpd -f -p 80 -h /',
  },
  { name: 'b02-agent', rows: 'MNT-01 API-01', options: '--network none -v $S:/var/run/docker.sock:ro' },
  {
    name: 'b03-proxy',
    rows: 'MNT-01 API-01',
    options: '--network front -v $S:/var/run/docker.sock:ro -p 127.0.0.1:8081:80',
  },
  { name: 'b04-ui', rows: 'MNT-01 API-01 API-02', options: '--network none -v $S:/var/run/docker.sock' },
  { name: 'b05-updater', rows: 'MNT-01 API-01', options: '--network none -v $S:/var/run/docker.sock' },
  {
    name: 'b06-runner',
    rows: 'MNT-01 API-01 API-02 FIL-02 FIL-05 FIL-09 IMG-08 CFG-50',
    options: '--network none -v $S:/var/run/docker.sock',
  },
  {
    name: 'b07-dind',
    rows: 'CFG-01 ESC-02 ESC-10 ESC-20',
    options: '--network none --privileged',
    onlyCreated: true,
  },
  {
    name: 'b08-cadvisor',
    rows: 'CFG-01 MNT-02 MNT-05 MNT-09 MNT-10 MNT-11',
    options:
      '--network none --privileged -v /:/rootfs:ro -v /var/run:/var/run:ro -v /sys:/sys:ro -v $D:/var/lib/docker:ro',
    onlyCreated: true,
  },
  {
    name: 'b09-node',
    rows: 'CFG-20 CFG-21 MNT-05 CRD-05',
    options: '--network host --pid host -u 65534 -v /:/host:ro',
  },
  {
    name: 'b10-logs',
    rows: 'MNT-01 MNT-11 MNT-13',
    options: '--network none -v $D/containers:/containers:ro -v /var/log:/var/log:ro -v $S:/var/run/docker.sock:ro',
  },
  { name: 'b11-data', rows: '', options: '--network none -v b11-v:/data' },
  {
    name: 'b11-backup',
    rows: 'CFG-26 CRD-03 CRD-09 CRD-11 NET-10',
    options: '--network none --volumes-from b11-data:ro -v b11-out:/out',
    command: "sh -c 'while :; do tar -czf /out/backup.tgz /data /etc; sleep 2; done'",
  },
  {
    name: 'b13-db',
    rows: 'EXE-02 CRD-03 ESC-39 DSC-02',
    options: '--network front --expose 5432 -v b13-v:/data',
    command: `sh -c 'chown -R 1000:1000 /data && exec su -s /bin/sh app -c "exec nc -l -p 5432 -e cat"'`,
  },
  {
    name: 'b15-vpn',
    rows: 'CFG-08 CFG-35 CFG-40 NET-09 NET-12',
    options: '--network front --cap-add NET_ADMIN --device /dev/net/tun --sysctl net.ipv4.ip_forward=1',
    keeps: true,
  },
  {
    name: 'b16-app',
    rows: 'CFG-25 ESC-11',
    options: '--network container:b15-vpn',
    command: 'httpd -f -p 8082',
  },
  { name: 'b17-home', rows: 'CFG-21 NET-09', options: '--network host' },
  {
    name: 'b18-gpu',
    rows: 'CFG-22 CFG-40 CFG-42 IMP-02',
    options: '--network none --ipc host -e LD_LIBRARY_PATH=/usr/local/nvidia/lib64',
  },
  {
    name: 'b19-batch',
    rows: 'IMP-02',
    options: '--network none --cpus 0.05',
    command: "sh -c 'while :; do :; done'",
  },
  {
    name: 'b20-init',
    rows: 'FIL-02 FIL-04 EXE-11',
    options: '--network none --tmpfs /run:exec',
    command: `sh -c 'mkdir -p /run/s; printf "#!/bin/sh\\nexec sleep 3600\\n" >/run/s/run; chmod +x /run/s/run; /run/s/run & wait'`,
  },
  { name: 'b24-web-1', rows: 'API-07 API-10 EVA-06', options: compose('web') },
  { name: 'b24-cache-1', rows: 'API-07 API-10 EVA-06', options: compose('cache') },
  { name: 'b25-app', rows: 'EXE-03 FIL-05 DSC-05 NET-13', options: '--network front' },
  {
    name: 'b26-rotate',
    rows: 'FIL-07',
    options: '--network none --log-opt max-size=1k --log-opt max-file=2',
    command: `sh -c 'mkdir -p /var/log; while :; do date >>/var/log/app.log; date; mv /var/log/app.log /var/log/app.log.1; : >/var/log/app.log; sleep 1; done'`,
  },
  {
    name: 'b28-xmrig-exporter',
    rows: '',
    options: '--network none --label topic=stratum+tcp --tmpfs /scratch -e SITE=/etc/shadow',
    command: `sh -c 'touch /scratch/release_agent /scratch/core_pattern; echo 0 >/scratch/notify_on_release; exec sleep 3600'`,
  },
];

/** Image of all of them: a tag that moves with every update. */
const image = 'home/app:1';

const create = ({ name, options, command = '' }: Member): string =>
  `docker create --name ${name} --restart unless-stopped --stop-timeout 1 ${options} ${image} ${command} >/dev/null`;

const start = ({ name, onlyCreated }: Member): string => (onlyCreated ? ':' : `docker start ${name} >/dev/null`);

export const deploy = (member: Member): string => `${create(member)} && ${start(member)}`;

/** By hand: the old one away, then the new one. */
export const redeploy = (member: Member): string => `docker rm -f ${member.name} >/dev/null && ${deploy(member)}`;

/** As updaters and compose do it: the old one out of the way, the new one beside it, then the old one away. */
export const update = (member: Member): string =>
  `docker rename ${member.name} ${member.name}-old && docker stop -t 1 ${member.name}-old >/dev/null && ${create(member)} \\
    && docker rm -f ${member.name}-old >/dev/null && ${start(member)}`;

/** A new version behind the same tag; nothing is run for it. */
export const build = (version: number): string =>
  `printf 'FROM lab/bb:1\\nLABEL version=${version}\\nCMD ["sleep","3600"]\\n' | DOCKER_BUILDKIT=0 docker build -q -t ${image} - >/dev/null`;
