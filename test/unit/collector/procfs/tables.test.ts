import { describe, expect, it } from 'vitest';
import { cgroupDirectories } from '../../../../collector/procfs/cgroup.ts';
import { ipScope } from '../../../../collector/procfs/ip-scope.ts';
import { parseFibTrie, parseGateways, parseInet6 } from '../../../../collector/procfs/local-addresses.ts';
import { mountAt, parseMountinfo } from '../../../../collector/procfs/mountinfo.ts';
import { parseAddress, parseNetTable } from '../../../../collector/procfs/net-table.ts';

describe('/proc/PID/net tables', () => {
  it('are read row by row', () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0B00007F:912D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 449132 1 000000002f8b6c4a 100 0 0 10 0
   1: 020012AC:C350 FEA9FEA9:0050 02 00000001:00000000 01:00000062 00000000     0        0 450001 2 0 100 0 0 1 7
   2: 020012AC:C351 0100A8C0:01BB 06 00000000:00000000 03:00000F2A 00000000     0        0 0 3 0
   garbage
`;
    expect(parseNetTable(text, 'tcp')).toEqual([
      row('127.0.0.11', 37_165, '0.0.0.0', 0, 'LISTEN', '449132'),
      row('172.18.0.2', 50_000, '169.254.169.254', 80, 'SYN_SENT', '450001'),
      row('172.18.0.2', 50_001, '192.168.0.1', 443, 'TIME_WAIT', '0'),
    ]);
    expect(parseNetTable('', 'tcp')).toEqual([]);
  });

  it.each([
    ['00000000000000000000000000000000:0050', '::', 80],
    ['00000000000000000000000001000000:0050', '::1', 80],
    ['0000000000000000FFFF0000020012AC:0050', '172.18.0.2', 80],
    ['B80D0120000000000000000001000000:01BB', '2001:db8::1', 443],
    ['B80D0120000000000100000000000000:01BB', '2001:db8::1:0:0', 443],
    ['000080FE00000000FF0042020A0012AC:0016', 'fe80::242:ff:ac12:a', 22],
  ])('addresses: %s', (text, ip, port) => {
    expect(parseAddress(text)).toEqual({ ip, port });
  });

  it.each(['', '0100007F', '0100007G:0050', '0100007F:50', '01:0050'])('no address: %s', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

function row(ip: string, port: number, remoteIp: string, remotePort: number, state: string, inode: string) {
  return { transport: 'tcp', local: { ip, port }, remote: { ip: remoteIp, port: remotePort }, state, inode };
}

describe('scopes of addresses', () => {
  it.each([
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.18.0.2', 'private'],
    ['fd00::1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['224.0.0.1', 'multicast'],
    ['8.8.8.8', 'public'],
    ['2606:4700::1', 'public'],
  ])('%s is %s', (ip, scope) => {
    expect(ipScope(ip)).toBe(scope);
  });
});

describe('a namespace’s own addresses', () => {
  it('are in fib_trie, once each, without loopback', () => {
    const text = `Local:
     +-- 172.18.0.0/30 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
        |-- 172.18.0.0
           /16 link UNICAST
        |-- 172.18.0.2
           /32 host LOCAL
        |-- 172.18.255.255
           /32 link BROADCAST
`;
    expect(parseFibTrie(`Main:\n${text}${text}`)).toEqual(['172.18.0.2']);
  });

  it('of version 6 are in if_inet6, without the link’s own', () => {
    const text = `fe80000000000000004203fffe4a0001 02 40 20 80     eth0
20010db8000000000000000000000001 02 40 00 80     eth0
00000000000000000000000000000001 01 80 10 80       lo
`;
    expect(parseInet6(text)).toEqual(['2001:db8::1']);
  });
});

describe('mountinfo', () => {
  const mounts = parseMountinfo(`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:5 / /proc rw shared:2 master:1 - proc proc rw
24 22 0:6 / /srv/a\\040b rw - tmpfs tmpfs rw
25 22 0:7 / /srv/a\\040b rw - xfs /dev/sdb rw
broken`);

  it('is read line by line, with escaped blanks; what is none is left out', () => {
    const [line, ...rest] = parseMountinfo(
      '24 22 8:1 /a\\040b /srv/c\\011d ro,relatime shared:7 master:3 - ext4 /dev/sd\\134a rw,usrquota\n\nbroken - \n1 2 3\n5 1 0:9 / /y rw -\n5 1 0:9 / /y - x y',
    );
    expect(rest).toEqual([]);
    expect(line).toEqual({
      id: 24,
      parent: 22,
      device: '8:1',
      root: '/a b',
      point: '/srv/c\td',
      rw: false,
      propagation: ['shared:7', 'master:3'],
      type: 'ext4',
      source: '/dev/sd\\a',
      options: 'rw,usrquota',
    });
  });

  it('says what shows at a path: the longest point, the last of equal ones', () => {
    expect(mountAt(mounts, '/srv/a b/c')?.type).toBe('xfs');
    expect(mountAt(mounts, '/srv/a bc')?.type).toBe('ext4');
    expect(mountAt(mounts, '/proc/1')?.type).toBe('proc');
    expect(mountAt([], '/')).toBeUndefined();
  });
});

describe('cgroup directories of a container', () => {
  it('of version 2 and 1, version 2 first', () => {
    expect(cgroupDirectories('0::/system.slice/docker-abc.scope\n', 'abc')).toEqual([
      '/system.slice/docker-abc.scope',
      '/unified/system.slice/docker-abc.scope',
    ]);
    expect(cgroupDirectories('8:pids:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n', 'abc')).toEqual([
      '/docker/abc',
      '/unified/docker/abc',
      '/pids/docker/abc',
    ]);
  });

  it('are not taken from paths that do not name it or leave the reader’s own', () => {
    expect(cgroupDirectories('0::/\n', 'abc')).toEqual([]);
    expect(cgroupDirectories('0::/../docker/abc\n', 'abc')).toEqual([]);
  });
});

it('gateways: of every route that has one, once; what is no route is let pass', () => {
  const table = `Iface\tDestination\tGateway \tFlags
eth0\t00000000\t010012AC\t0003
eth1\t0000000A\t010012AC\t0003
eth0\t000012AC\t00000000\t0001
nonsense
eth0\t00000000\tXYZ\t0003`;
  expect(parseGateways(table)).toEqual(['172.18.0.1']);
  expect(parseGateways('')).toEqual([]);
});
