import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Sibling {
  readonly name: string;
  readonly captions: Readonly<Record<string, string>>;
}

const classes = new Map([
  [2004, compile('detection_finding')],
  [2005, compile('incident_finding')],
]);

/**
 * What the schema of OCSF 1.8 (test/fixtures/ocsf) says against an event; nothing: it is valid. Attributes that the class has not are faults,
 * and so are captions that are not those of their number, and a type that is not the class's with the activity.
 */
export function ocsfProblems(event: unknown): readonly string[] {
  const { class_uid, activity_id, type_uid, type_name, class_name, activity_name } = event as Record<string, unknown>;
  const validate = classes.get(Number(class_uid));
  if (validate === undefined) return [`no class ${String(class_uid)}`];
  validate(event);
  const faults = (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`;
  });
  if (type_uid !== Number(class_uid) * 100 + Number(activity_id)) faults.push('type_uid is not of class and activity');
  if (type_name !== `${String(class_name)}: ${String(activity_name)}`) faults.push('type_name is not of its parts');
  return faults;
}

const attributeOf = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null ? Object.entries(object).find(([key]) => key === name)?.[1] : undefined;

function compile(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addKeyword({
    keyword: 'sibling',
    validate: ({ name: sibling, captions }: Sibling, value: unknown, _: unknown, at?: { parentData: object }) =>
      captions[String(value)] !== undefined && attributeOf(at?.parentData, sibling) === captions[String(value)],
  });
  const path = new URL(`../../fixtures/ocsf/${name}.json`, import.meta.url);
  return ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object);
}
