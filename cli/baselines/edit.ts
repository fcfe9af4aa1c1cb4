import type { Command } from 'commander';
import { messageOf, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { diffProfiles } from '../../shared/profile/diff.ts';
import { type Profile, profileOf } from '../../shared/profile/profile.ts';
import { profileText } from '../../shared/profile/text.ts';
import { connectApi } from '../client/api.ts';
import type { CliContext, MakeContext } from '../context.ts';
import { createDraft, type Draft, edit, editorOf } from '../editor.ts';
import { type DecisionFlags, decides } from './decide.ts';
import { exportable } from './export.ts';
import { importProfile } from './import.ts';
import { profileIn } from './read-file.ts';
import { type Target, targetOf } from './target.ts';

/** `baselines edit`: what a workload may do, in an editor; then as with `import`. */
export function addEdit(baselines: Command, contextOf: MakeContext): void {
  decides(
    baselines
      .command('edit <workload>')
      .description(
        'opens the profile of one workload (name or id) in $VISUAL or $EDITOR, and imports what was changed',
      ),
  ).action(async (workload: string, _options: object, command: Command) => {
    const flags = command.optsWithGlobals<DecisionFlags>();
    await editProfile(contextOf(flags), workload, flags);
  });
}

async function editProfile(context: CliContext, workload: string, flags: DecisionFlags): Promise<void> {
  const editor = editorOf(context.environment.editor);
  const api = connectApi(context);
  const views = await exportable(api, workload, flags.on);
  const before = profileOf(views);
  const draft = createDraft('profile.yml', profileText(views));
  const after = await edited(editor, draft);
  const profile = sameOwner(after, { before, draft });
  const changed = new Set(diffProfiles(before, profile).map(({ feature }) => feature));
  if (changed.size === 0) {
    draft.remove();
    context.terminal.say('nothing was changed: nothing is to be done');
    return;
  }
  // What was learned of other features meanwhile is nobody's decision.
  const features = profile.features.filter(({ name }) => changed.has(name));
  await kept(draft, async () => {
    const target: Target = await targetOf(api, before, { host: before.host.id, workload: before.workload.id });
    await importProfile(context, { api, profile: { ...profile, features }, target }, flags);
  });
  draft.remove();
}

/** An editor that failed leaves nothing behind; what somebody wrote is never lost. */
async function edited(editor: string, draft: Draft): Promise<Profile> {
  try {
    await edit(editor, draft.file);
  } catch (error) {
    draft.remove();
    throw error;
  }
  return await kept(draft, () => profileIn(draft.file));
}

/** Features that were cut out of the file stay as they are, as with `import`. */
function sameOwner(after: Profile, { before, draft }: { readonly before: Profile; readonly draft: Draft }): Profile {
  const isSame = after.workload.id === before.workload.id && after.host.id === before.host.id;
  const named = new Set(after.features.map(({ name }) => name));
  if (isSame)
    return { ...after, features: [...after.features, ...before.features.filter(({ name }) => !named.has(name))] };
  throw new UserError('the file names another workload or host than it was opened for', {
    fix: `import it for that one: moorwatch baselines import ${escapeControl(draft.file)} --reason …`,
  });
}

/** Says where the text is when it could not be taken. */
async function kept<T>(draft: Draft, run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UserError))
      throw new Error(`${messageOf(error)}; your text is in ${draft.file}`, { cause: error });
    throw new UserError(error.message, {
      fix: `your text is kept in ${escapeControl(draft.file)}: mend it and run moorwatch baselines import on it (${error.fix})`,
      code: error.code,
      cause: error,
    });
  }
}
