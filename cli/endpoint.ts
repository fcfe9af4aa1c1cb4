import type { EndpointInputs } from '../collector/engine/endpoint.ts';
import type { Environment } from '../shared/config/environment.ts';
import type { Config } from '../shared/config/schema.ts';

/** What the choice of the engine depends on, from configuration and environment. */
export function endpointInputsOf(config: Config, { docker, home, xdg }: Environment): EndpointInputs {
  return {
    host: config.engine.host,
    dockerHost: docker.host,
    dockerContext: docker.context,
    certPath: docker.certPath,
    tlsVerify: docker.tlsVerify,
    dockerConfig: docker.config,
    home,
    runtimeDir: xdg.runtimeDir,
  };
}
