import { variableOf } from './environment-source.ts';
import { configKeys } from './keys.ts';

/** The table of docs/configuration.md: every setting with its variable, type and default. */
export function configReference(): string {
  const rows = configKeys().map((key) => {
    const type = key.options === undefined ? key.type : key.options.map((option) => `\`${option}\``).join(' · ');
    const preset = key.default === undefined ? '' : `\`${JSON.stringify(key.default)}\``;
    const path = key.path.map((part) => (part === '*' ? '<name>' : part)).join('.');
    return `| \`${path}\` | \`${variableOf(key.path)}\` | ${type} | ${preset} | ${key.description} |`;
  });
  return ['| Setting | Variable | Type | Default | |', '|---|---|---|---|---|', ...rows, ''].join('\n');
}
