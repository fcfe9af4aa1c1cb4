import type { Feature } from '../feature.ts';
import { configuration } from './configuration.ts';
import { dnsNames } from './dns-names.ts';
import { egressDestinations } from './egress-destinations.ts';
import { execCommands } from './exec-commands.ts';
import { hostActions } from './host-actions.ts';
import { hostImages } from './host-images.ts';
import { hostWorkloads } from './host-workloads.ts';
import { imageLineage } from './image-lineage.ts';
import { ingressPeers } from './ingress-peers.ts';
import { listeningPorts } from './listening-ports.ts';
import { processes } from './processes.ts';
import { replicas } from './replicas.ts';
import { rhythms } from './rhythms.ts';
import { usersAndCapabilities } from './users-and-capabilities.ts';

/** Every feature that baselines learn. */
export const features: readonly Feature[] = [
  execCommands,
  processes,
  egressDestinations,
  rhythms,
  dnsNames,
  ingressPeers,
  listeningPorts,
  usersAndCapabilities,
  configuration,
  imageLineage,
  hostWorkloads,
  hostImages,
  hostActions,
  replicas,
];
