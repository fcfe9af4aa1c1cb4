import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { egress } from '../../support/analyzer/observations.ts';
import { type BaselinesLab, startBaselinesLab } from '../../support/cli/baselines-lab.ts';

const workload = 'docker.io/library/nginx';
const to = (port: number) => ({ ip: '192.0.2.1', port });
const later = { age: 100 };
const why = ['--reason', 'reviewed'] as const;

let lab: BaselinesLab;
beforeEach(async () => {
  lab = await startBaselinesLab();
  for (let at = 1; at <= 6; at += 1) await lab.see([egress('c1', at * 1_000, to(1 + (at % 2)), later)]);
});
afterEach(async () => await lab.stop());

/** An editor that notes which file it was given and with which rights, and then runs a line of shell on it as "$1". */
function editor(line: string): { readonly command: string; opened(): string } {
  const [script, note] = [lab.file('editor.sh'), lab.file('opened')];
  writeFileSync(script, `printf '%s' "$1" > '${note}'\n${line}\n`);
  return { command: `sh '${script}'`, opened: () => readFileSync(note, 'utf8') };
}

const exported = async (): Promise<string> => (await lab.baselines('export', workload)).out;

describe('editing a baseline', () => {
  it('imports what was changed, with its reason, and leaves no file', async () => {
    const { command, opened } = editor(
      `ls -ld "$(dirname "$1")" "$1" | cut -c1-10 > '${lab.file('rights')}'; sed -i '/port 2\\/tcp/,+2d' "$1"`,
    );
    const { code, out, err } = await lab.edit(command, workload, ...why);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual(
      expect.arrayContaining([
        `--- ${workload} on anchor, now`,
        '+++ the profile',
        'egress-destinations:',
        '  - 192.0.2.1 port 2/tcp (always)',
      ]),
    );
    expect(out).toContain(`${workload} (egress-destinations): 1 item of the profile is known`);
    expect(readFileSync(lab.file('rights'), 'utf8')).toBe('drwx------\n-rw-------\n');
    expect(existsSync(path.dirname(opened()))).toBe(false);
    const text = await exported();
    expect(text).not.toContain('port 2/tcp');
    expect(text).toContain('approved 1970-01-01T00:00:06Z by');
    expect((await lab.baselines('decisions')).out).toContain('reviewed');
  });

  it('decides about what was changed only, and not about what was learned meanwhile', async () => {
    const { command } = editor(
      `sed -i 's/^mode: learn/mode: enforce/; /^  egress-destinations:/a\\    mode: learn' "$1"`,
    );
    const { code, out } = await lab.edit(command, workload, ...why);
    expect(code).toBe(0);
    expect(out).toContain('exec-commands:\n  ~ mode: learn → enforce');
    expect(out).not.toContain('egress-destinations');
  });

  it('does nothing where nothing was changed, were it but a comment', async () => {
    const before = await exported();
    const { command, opened } = editor(`echo '# a comment' >> "$1"`);
    expect(await lab.edit(command, workload, ...why)).toEqual({
      code: 0,
      out: '',
      err: expect.stringContaining('nothing was changed') as unknown,
    });
    expect(existsSync(opened())).toBe(false);
    expect(await exported()).toBe(before);
  });

  it('changes nothing where the editor fails, or there is none, or no reason', async () => {
    const before = await exported();
    const { command, opened } = editor(`sed -i '/port 2\\/tcp/,+2d' "$1"; exit 3`);
    const failed = await lab.edit(command, workload, ...why);
    expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('the editor ended with 3') as unknown });
    expect(existsSync(opened())).toBe(false);
    expect((await lab.edit('/nonexistent/editor', workload, ...why)).err).toContain('the editor ended with 127');
    const none = await lab.baselines('edit', workload, ...why);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('$VISUAL or $EDITOR') as unknown });
    expect(await lab.edit('true', workload)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--reason') as unknown,
    });
    expect(await exported()).toBe(before);
  });

  it('keeps what it cannot read, says where and what is wrong with line and column', async () => {
    const before = await exported();
    for (const [line, said] of [
      [`echo 'worklaod: 1' >> "$1"`, /:\d+:1: worklaod: unknown key/],
      [`printf 'a: [\\n' > "$1"`, /profile\.yml:\d+:\d+/],
      [`sed -i '0,/id: "[^"]*"/s//id: "another"/' "$1"`, /another workload or host/],
    ] as const) {
      const { command, opened } = editor(line);
      const { code, err } = await lab.edit(command, workload, ...why);
      expect(code).not.toBe(0);
      expect(err).toMatch(said);
      expect(err).toContain(opened());
      expect(statSync(opened()).mode & 0o777).toBe(0o600);
      rmSync(path.dirname(opened()), { recursive: true });
    }
    expect(await exported()).toBe(before);
  });
});
