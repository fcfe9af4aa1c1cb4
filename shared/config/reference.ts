import { variableOf } from './environment-source.ts';
import { configKeys } from './keys.ts';

/** The table of docs/configuration.md: every setting with its variable, type and default. */
export function configReference(): string {
  const rows = configKeys().map((key) => {
    const type = key.options === undefined ? key.type : key.options.map((option) => `\`${option}\``).join(' · ');
    const preset = key.default === undefined ? '' : `\`${JSON.stringify(key.default)}\``;
    const path = key.path.map((part) => (part !== '*' ? part : key.inList === true ? '[]' : '<name>')).join('.');
    const variable = key.inList === true ? '' : `\`${variableOf(key.path)}\``;
    return `| \`${path}\` | ${variable} | ${type} | ${preset} | ${key.description} |`;
  });
  return ['| Setting | Variable | Type | Default | |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}
