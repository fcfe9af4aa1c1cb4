import type { KafkaBusOptions } from '../../shared/bus/kafka/bus.ts';
import type { TopicFacts } from '../../shared/bus/kafka/inspect.ts';
import { alterCommand, createCommand, wantedSettings } from '../../shared/bus/kafka/topic-settings.ts';
import { type Finding, fail, ok, warn } from './check.ts';

export function topicsFindings(topics: readonly TopicFacts[], options: KafkaBusOptions): readonly Finding[] {
  const counts = countsOf(topics);
  const told = topics.map((facts) => ({ facts, findings: topicFindings(facts, { options, counts }) }));
  const right = told.filter(({ facts, findings }) => facts.state.kind === 'there' && findings.length === 0);
  const all = `${right.length} of ${topics.length} are as they should be`;
  return [
    ...(right.length > 0 ? [ok('kafka topics', all)] : []),
    ...together(topics, options.createTopics !== false),
    ...told.flatMap(({ findings }) => findings),
  ];
}

/** How many partitions the topics have that are there: they are of use together only if it is one number. */
function countsOf(topics: readonly TopicFacts[]): readonly number[] {
  const counts = topics.flatMap(({ state }) => (state.kind === 'there' ? [state.partitions] : []));
  return [...new Set(counts)].sort((a, b) => a - b);
}

interface Meant {
  readonly options: KafkaBusOptions;
  readonly counts: readonly number[];
}

/** A topic that is missing is to be made like those that are there. */
const likeTheOthers = (spec: TopicFacts['spec'], [count, ...others]: readonly number[]): TopicFacts['spec'] =>
  count === undefined || others.length > 0 ? spec : { ...spec, partitions: count };

/** What is said once of all topics that it is true of. */
function together(topics: readonly TopicFacts[], create: boolean): readonly Finding[] {
  const say = (which: (facts: TopicFacts) => boolean, make: typeof fail, words: { text: string; fix: string }) => {
    const names = topics.filter(which).map(({ name }) => name);
    return names.length === 0 ? [] : [make('kafka topics', `${words.text}: ${names.join(', ')}`, words.fix)];
  };
  return [
    ...say(({ state }) => state.kind === 'hidden', fail, {
      text: 'this user may not see topics, if there are any',
      fix: 'the commands are with the rights below',
    }),
    ...say(({ state }) => create && state.kind === 'missing' && state.refusal === undefined, warn, {
      text: 'missing',
      fix: 'start Moorwatch: it creates them',
    }),
    ...say(({ state }) => state.kind === 'there' && state.differences === 'unseen', warn, {
      text: 'this user may not see settings, so whether they are right is not known',
      fix: 'run the doctor as a user that may (DescribeConfigs), or compare with the table in docs/bus.md',
    }),
  ];
}

/** What is to be said of one topic alone. */
function topicFindings({ name, spec, state }: TopicFacts, meant: Meant): readonly Finding[] {
  const { options, counts } = meant;
  const tell = (make: typeof fail, text: string, fix: string): Finding => make('kafka topics', `${name} ${text}`, fix);
  switch (state.kind) {
    case 'hidden':
      return [];
    case 'unknown':
      return [tell(fail, `could not be looked at: ${state.reason}`, 'look whether its brokers run')];
    case 'missing':
      if (options.createTopics === false)
        return [
          tell(fail, 'is missing, and kafka.topics is check', createCommand(options, likeTheOthers(spec, counts))),
        ];
      return state.refusal === undefined
        ? []
        : [
            tell(
              fail,
              `is missing and cannot be created: ${state.refusal}`,
              createCommand(options, likeTheOthers(spec, counts)),
            ),
          ];
    case 'there':
      return presentFindings({ name, spec, state }, meant);
  }
}

type Present = Extract<TopicFacts['state'], { kind: 'there' }>;

function presentFindings(
  { name, spec, state }: Pick<TopicFacts, 'name' | 'spec'> & { state: Present },
  { options, counts }: Meant,
): readonly Finding[] {
  const about = 'kafka topics';
  const found: Finding[] = [];
  if (state.partitions !== spec.partitions)
    found.push(
      fail(
        about,
        `${name} has ${state.partitions} partitions instead of ${spec.partitions}: nothing starts on it`,
        counts.length === 1
          ? `set log.partitions to ${state.partitions}, or choose another kafka.topicPrefix`
          : `the topics of this prefix do not belong together (${counts.join(', ')} partitions): choose another kafka.topicPrefix`,
      ),
    );
  if (state.leaderless > 0)
    found.push(
      fail(
        about,
        `${state.leaderless} partitions of ${name} have no broker that serves them`,
        'start the brokers that keep them (kafka-topics.sh --describe --unavailable-partitions names them)',
      ),
    );
  else if (state.underReplicated > 0)
    found.push(
      warn(
        about,
        `${state.underReplicated} partitions of ${name} have copies that are not up to date`,
        'look whether all brokers run (kafka-topics.sh --describe --under-replicated-partitions names them)',
      ),
    );
  if (state.copies < options.replication)
    found.push(
      warn(
        about,
        `${name} is kept ${times(state.copies)}, not ${times(options.replication)}`,
        'move it to more brokers with kafka-reassign-partitions.sh, or set kafka.replication to what is meant',
      ),
    );
  // What is kept is divided among the partitions that are there.
  return [...found, ...differenceFindings(state, { ...spec, partitions: state.partitions }, options)];
}

const times = (copies: number): string => (copies === 1 ? 'once' : `${copies} times`);

function differenceFindings(
  { differences, copies }: Present,
  spec: TopicFacts['spec'],
  { brokers }: KafkaBusOptions,
): readonly Finding[] {
  if (differences === 'unseen') return [];
  const wanted = wantedSettings(spec, copies);
  return differences.flatMap(({ topic, setting, expected, actual }) => {
    const one = wanted.find(({ name }) => name === setting);
    const text = `${topic} has ${setting} ${actual} where ${expected} is meant`;
    return one === undefined ? [] : [warn('kafka topics', text, alterCommand(brokers, topic, one))];
  });
}
