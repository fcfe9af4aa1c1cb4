type Labels = Readonly<Record<string, string>>;

/**
 * EVA-06: labels say that Compose, Swarm or Kubernetes made the container, and nothing else that those always leave does. Whoever copies all of it is not
 * found so: labels are the word of whoever made the container.
 */
export function claimedInVain(
  labels: Labels,
  networks: readonly string[],
): 'compose' | 'swarm' | 'kubernetes' | undefined {
  const project = labels['com.docker.compose.project'];
  const hash = labels['com.docker.compose.config-hash'] ?? '';
  const isCompose =
    /^[0-9a-f]{64}$/.test(hash) ||
    networks.some((network) => project !== undefined && network.startsWith(`${project}_`));
  if ((project !== undefined || labels['com.docker.compose.service'] !== undefined) && !isCompose) return 'compose';
  const task = labels['com.docker.swarm.task.id'];
  const service = labels['com.docker.swarm.service.id'];
  const isSwarm = [task, service].every((id) => id !== undefined && /^[0-9a-z]{25}$/.test(id));
  if (Object.keys(labels).some((key) => key.startsWith('com.docker.swarm.')) && !isSwarm) return 'swarm';
  const pod = labels['io.kubernetes.pod.name'];
  return pod !== undefined && labels['io.kubernetes.pod.uid'] === undefined ? 'kubernetes' : undefined;
}
