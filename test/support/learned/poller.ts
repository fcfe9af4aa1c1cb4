import type { Observation } from '../../../shared/observation.ts';
import { type Excess, labels } from './stack.ts';

/** Public addresses, on the loopback of its own. */
const [feed, beacon] = ['198.51.100.20', '198.51.100.66'];
/** Contacts within ten seconds are one, and a sweep may see one two seconds late. */
const everySeconds = 13;
/** Nine contacts make a rhythm: that of the first place is learned when the second one has its own. */
const laterSeconds = 6 * everySeconds;

/** It asks one place at regular intervals, and later another one as well. */
export const poller = `docker run -d --name poller ${labels('poller')} --cap-add NET_ADMIN $N $B sh -c '
  for ip in ${feed} ${beacon}; do ip addr add $ip/32 dev lo; done
  nc -ll -p 443 -e cat &
  poll() { while true; do echo | nc -w 1 $1 443 >/dev/null; sleep ${everySeconds}; done; }
  poll ${feed} &
  sleep ${laterSeconds}
  poll ${beacon}'`;

/** It goes on by itself. */
export const rhythm: Excess = {
  feature: 'rhythms',
  summary:
    /shop\/poller connected to 198\.51\.100\.66 port 443\/tcp at regular intervals \(\d+ times, every \d+ s\), which it never did before/,
};

export const isBeacon = ({ kind, destination }: Observation): boolean =>
  kind === 'connection' && destination?.ip === beacon;
