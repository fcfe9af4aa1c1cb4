/** What command lines are made of. Real programs and places, invented hosts and names; nothing is taken from anybody's rules. */

const list = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Programs that every host runs all day. */
export const everydayTools = list(`
  sh bash dash cat ls grep sed awk find ps sleep date env tar gzip curl git python3 node java nginx postgres redis-server
  sshd cron systemctl logger rsync apt-get dpkg runc containerd-shim id head tail cut sort wc cp mv rm mkdir touch`);

/** Programs that people write rules about. */
export const notableTools = list(`
  wget nc ncat netcat socat nmap masscan hydra john hashcat tcpdump tshark strace ltrace gdb insmod modprobe rmmod lsmod dmesg chattr
  setfacl chmod chown passwd useradd usermod userdel groupadd visudo sudo su doas pkexec crontab at batch systemd-run screen tmux
  expect script xterm php perl ruby lua busybox openssl base64 xxd od uudecode gpg dd shred wipe scp sftp ftp tftp telnet ssh
  ssh-keygen ssh-copy-id iptables nft ufw ip ifconfig route arp ss netstat lsof who w last lastlog uname lscpu lsblk mount umount
  nsenter unshare chroot capsh setcap getcap docker podman kubectl crictl ctr helm terraform aws gcloud az rclone s3cmd mc xmrig
  minerd ccminer make gcc cc ld as objcopy readelf dig host nslookup resolvectl hostnamectl timedatectl journalctl auditctl
  ausearch setenforce aa-teardown kill pkill killall nohup setsid disown history vim nano ed tee xargs parallel`);

export const directories = list(`
  /tmp /var/tmp /dev/shm /run /run/user/1000 /var/run /var/log /var/log/audit /var/spool/cron /var/www/html /var/lib/dpkg
  /var/cache /etc /etc/cron.d /etc/init.d /etc/systemd/system /etc/ssh /etc/pam.d /etc/profile.d /etc/ld.so.conf.d /root /root/.ssh
  /home/deploy /home/deploy/.config /home/app/.cache /opt/app /opt/vendor/agent /srv/data /usr/local/bin /usr/local/sbin
  /usr/share /usr/lib/systemd /proc/1 /proc/self /sys/kernel /sys/fs/cgroup /boot /lib/modules /mnt/backup /media/usb0`);

export const fileNames = list(`
  passwd shadow group sudoers hosts resolv.conf crontab ld.so.preload authorized_keys id_rsa id_ed25519 known_hosts config
  environ maps cmdline release_agent core_pattern docker.sock containerd.sock kubeconfig credentials .netrc .pgpass .bash_history
  .bashrc .profile wtmp utmp lastlog auth.log secure audit.log dump.sql backup.tar.gz payload loader update install run stage
  miner beacon implant shell agent helper service worker daemon kthread cache index upload report`);

export const extensions = list(
  '.sh .py .pl .so .ko .elf .bin .php .jsp .service .timer .conf .key .pem .out .txt .zip .tgz',
);

export const subcommands = list(`
  install remove start stop restart enable disable mask daemon-reload exec run cp create delete apply get describe login
  push pull commit attach export import build rollout proxy port-forward list add set flush show link addr neigh`);

export const longFlags = list(`
  config output listen exec connect proxy insecure no-check-certificate user password token upload-file data-binary privileged
  volume pid net mount cap-add security-opt namespace donate-level algo coin wallet threads background daemonize silent quiet
  force recursive preserve no-history batch delete-after checkpoint checkpoint-action to-command use-compress-program`);

export const shortFlags = list('-c -e -i -l -n -p -r -s -t -u -v -x -lvp -la -rf -sS -fsSL -qO- -Pn -aux');

/** Pieces of scripts, as they stand in command lines. */
export const codePieces: readonly string[] = [
  'import socket',
  'import pty',
  'socket.socket(',
  '.connect((',
  'os.dup2(',
  'subprocess.call(',
  'os.system(',
  'exec(base64',
  'eval "$(',
  'fsockopen(',
  'proc_open(',
  'shell_exec(',
  'TCPSocket.new',
  'io.popen(',
  'require("child_process")',
  '/dev/tcp/',
  '/dev/udp/',
  '>& /dev/null',
  '0>&1',
  '2>/dev/null | sh',
  '| base64 -d',
  '|base64 --decode',
  'chmod 777 ',
  'chmod u+s ',
  'chmod +x /',
  'rm -rf /',
  'mkfifo /',
  'unset HISTFILE',
  'HISTSIZE=0',
  'LD_PRELOAD=',
  'LD_LIBRARY_PATH=/',
  'PROMPT_COMMAND=',
  'kernel.modules_disabled',
  'vm.overcommit_memory',
  'net.ipv4.ip_forward=1',
];

/** Words of which names of hosts, services and files are made. */
export const words = list(`
  amber basalt cedar delta ember fjord grove heath indigo juniper kestrel lagoon meadow nimbus orchid pebble quartz raven
  sierra tundra umber violet willow yarrow zephyr anchor beacon copper drift echo flint garnet harbor island jasper kernel
  ledger mirror needle outpost packet relay signal thread uplink vector window cobalt`);

export const domains = list(
  'cdn.example paste.example files.example pool.example api.example c2.example dyn.example onion.example',
);

export const users = list('root www-data deploy app postgres redis nobody backup ubuntu jenkins git daemon');

/** Some of what is not ASCII in names of people and files. */
export const foreignWords: readonly string[] = [
  'Zażółć',
  'Grüße',
  'naïve',
  'résumé',
  'данные',
  '報告書',
  'ελληνικά',
  '🚀deploy',
];
