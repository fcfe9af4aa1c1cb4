const id = '7a6ae249dcbd8449e2f00db2150d7ae52a6c7ba0841840187fee9cab7fcdc8af';

/** Mount tables as Docker 20.10 on cgroup version 1 makes them; recorded, paths shortened. */
export const ordinaryTable = `158 106 0:61 / / rw,relatime master:6 - overlay overlay rw,lowerdir=/d/l/A,upperdir=/d/f/diff,workdir=/d/f/work
159 158 0:64 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
160 158 0:65 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
161 160 0:66 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
162 158 0:67 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
163 162 0:68 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
164 163 0:29 /docker/${id} /sys/fs/cgroup/cpu ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,cpu
172 163 0:37 /docker/${id} /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,name=systemd
173 160 0:63 / /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
174 160 0:69 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
175 158 254:0 /d/volumes/v1/_data /data rw,relatime master:4 - ext4 /dev/vda rw
176 158 0:70 / /scratch rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
177 158 254:0 /usr/share/zoneinfo/Etc/UTC /etc/localtime ro,relatime - ext4 /dev/vda rw
178 158 254:0 /d/containers/${id}/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda rw
179 158 254:0 /d/containers/${id}/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw
180 158 254:0 /d/containers/${id}/hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
107 159 0:64 /bus /proc/bus ro,nosuid,nodev,noexec,relatime - proc proc rw
110 159 0:64 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw
111 159 0:71 / /proc/acpi ro,relatime - tmpfs tmpfs ro
112 159 0:65 /null /proc/keys rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
114 162 0:72 / /sys/firmware ro,relatime - tmpfs tmpfs ro
`;

/** One that is privileged: nothing is hidden, and what was asked for may stand last. */
export const privilegedTable = `198 119 0:73 / / rw,relatime master:7 - overlay overlay rw,lowerdir=/d/l/A
199 198 0:76 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
200 198 0:77 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
201 200 0:78 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666
202 198 0:79 / /sys rw,nosuid,nodev,noexec,relatime - sysfs sysfs rw
203 202 0:80 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
211 203 0:36 /docker/${id} /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime - cgroup cgroup rw,pids
213 200 0:75 / /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
214 200 0:81 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
217 198 254:0 /d/containers/${id}/hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
`;

/** Lines that processes of a container made; recorded, but for the disk. */
export const madeLater = {
  tmpfs: '118 198 0:82 / /mnt rw,relatime - tmpfs x rw',
  cgroup: '142 198 0:36 / /tmp/c rw,relatime - cgroup none rw,pids',
  binfmt: '144 143 0:84 / /mnt rw,relatime - binfmt_misc b rw',
  disk: '150 198 254:0 / /mnt rw,relatime - ext4 /dev/vda rw',
  bind: '151 198 0:73 /srv /mnt rw,relatime - overlay overlay rw',
  hidden: '152 199 0:73 /tmp/empty /proc/7 rw,relatime - overlay overlay rw',
};
