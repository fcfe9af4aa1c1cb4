import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { configJsonSchema } from '../shared/config/keys.ts';
import { configYaml, effectiveSettings } from '../shared/config/print.ts';
import { originOf } from '../shared/config/problems.ts';
import { configReference } from '../shared/config/reference.ts';
import type { Config } from '../shared/config/schema.ts';
import { originText } from '../shared/config/source.ts';
import { escapeControl } from '../shared/escape.ts';
import { configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { checkedEndpoint } from './endpoint.ts';

/** Files that settings in use name. They may be elsewhere where Moorwatch runs, so one that is missing is a warning. */
function namedFiles({ bus, kafka, rules }: Config): readonly (readonly [readonly string[], string])[] {
  const { ssl, sasl } = kafka;
  const ofKafka = [
    [['kafka', 'ssl', 'ca'], ssl.ca],
    [['kafka', 'ssl', 'cert'], ssl.cert],
    [['kafka', 'ssl', 'key'], ssl.key],
    [['kafka', 'sasl', 'passwordFile'], sasl?.passwordFile],
  ] as const;
  const all = [[['rules', 'placeholders'], rules.placeholders] as const, ...(bus === 'kafka' ? ofKafka : [])];
  return all.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const]));
}

/** `config print | check | schema | reference` */
export function addConfig(program: Command, contextOf: MakeContext): void {
  const config = program.command('config').description('look at the configuration and check it');

  config
    .command('print')
    .description('the configuration in force, where each value comes from, secrets left out')
    .option('--json', 'one JSON object a setting')
    .action((_options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { json?: boolean }>();
      const context = contextOf(flags);
      const loaded = configOf(context);
      if (flags.json === true)
        for (const setting of effectiveSettings(loaded)) context.terminal.out(JSON.stringify(setting));
      else context.terminal.out(configYaml(loaded).trimEnd());
    });

  config
    .command('check')
    .description('tell every problem with its place; exit code 78 if there is one')
    .action((_options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      const loaded = configOf(context);
      const { config: settings, file } = loaded;
      // Without a name docker's own choice counts, and that may differ between here and where the collector runs.
      if (settings.engine.host) checkedEndpoint(loaded, context.environment);
      for (const [i, directory] of settings.rules.directories.entries()) {
        if (existsSync(directory)) continue;
        const place = originText(originOf(['rules', 'directories', i], loaded.origins));
        const text = `warning: ${place}: rules.directories.${i}: there is no ${directory}`;
        context.terminal.complain(escapeControl(text, 500));
      }
      for (const [path, named] of namedFiles(settings)) {
        if (existsSync(named)) continue;
        const place = originText(originOf(path, loaded.origins));
        context.terminal.complain(escapeControl(`warning: ${place}: ${path.join('.')}: there is no ${named}`, 500));
      }
      context.terminal.say(
        file === undefined ? 'no file; defaults, environment and flags are fine' : `${file} is fine`,
      );
    });

  config
    .command('schema')
    .description('JSON Schema of the configuration file, for editors')
    .action((_options: object, command: Command) => {
      contextOf(command.optsWithGlobals<GlobalFlags>()).terminal.out(JSON.stringify(configJsonSchema(), null, 2));
    });

  config
    .command('reference')
    .description('the table of all settings, as in docs/configuration.md')
    .action((_options: object, command: Command) => {
      contextOf(command.optsWithGlobals<GlobalFlags>()).terminal.out(configReference().trimEnd());
    });
}
