import { escapeControl } from '../../shared/escape.ts';
import type { Terminal } from '../terminal.ts';
import type { Finding } from './check.ts';

/** One line a finding, and below what is not ok what to do. Texts quote paths and answers of others, so they are escaped; commands must stay
 * whole. */
export function reportLines(findings: readonly Finding[], colors: Terminal['colors']): readonly string[] {
  const width = Math.max(...findings.map(({ about }) => about.length), 0);
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red };
  return findings.flatMap((finding) => {
    const head = `${paint[finding.status](finding.status.padEnd(4))}  ${finding.about.padEnd(width)}  `;
    const line = `${head}${escapeControl(finding.text, 1_000)}`;
    return finding.status === 'ok'
      ? [line]
      : [line, `${' '.repeat(width + 8)}${colors.dim('fix:')} ${escapeControl(finding.fix, 2_000)}`];
  });
}
