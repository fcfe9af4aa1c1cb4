import { type ChosenEndpoint, chooseEndpoint, type EndpointInputs } from '../collector/engine/endpoint.ts';
import type { Environment } from '../shared/config/environment.ts';
import type { LoadedConfig } from '../shared/config/load.ts';
import { originOf } from '../shared/config/problems.ts';
import type { Config } from '../shared/config/schema.ts';
import { originText } from '../shared/config/source.ts';
import { UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';

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

/** The engine that would be watched. @throws UserError (78), with the place of the setting, when what names it is no engine address */
export function checkedEndpoint({ config, origins }: LoadedConfig, environment: Environment): ChosenEndpoint {
  try {
    return chooseEndpoint(endpointInputsOf(config, environment));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const place = config.engine.host ? `${originText(originOf(['engine', 'host'], origins))}: ` : '';
    throw new UserError(escapeControl(`${place}${error.message}`, 500), {
      fix: error.fix,
      code: error.code,
      cause: error,
    });
  }
}
