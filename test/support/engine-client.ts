/** The lab's image has no client for sockets in the file system: the host's perl, with its libraries where it looks for them. */
export const perlMounts = '-v /usr:/usr:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro';

const program = `use IO::Socket::UNIX; $s = IO::Socket::UNIX->new(Peer => shift) or die $!; ($w, $m, $p, $b) = @ARGV; sleep $w;
  print $s "$m $p HTTP/1.0\\r\\nHost: d\\r\\nContent-Type: application/json\\r\\nContent-Length: ".length($b)."\\r\\n\\r\\n$b";
  print <$s>; sleep $w;`;

/** A command that asks an engine for something from within a container with `perlMounts`. `hold`: seconds that it stays connected before and after. */
export const askEngine = (
  socket: string,
  request: { readonly method?: string; readonly path: string; readonly body?: string; readonly hold?: number },
): string => {
  const { method = 'GET', path, body = '', hold = 0 } = request;
  return `perl -e '${program}' ${socket} ${hold} ${method} '${path}' '${body}'`;
};
