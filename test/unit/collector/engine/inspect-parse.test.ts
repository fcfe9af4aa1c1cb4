import { describe, expect, it } from 'vitest';
import {
  parseContainerInspect,
  parseExecInspect,
  parseImageInspect,
  parseVolumeInspect,
} from '../../../../collector/engine/inspect-parse.ts';
import { MalformedError } from '../../../../shared/errors.ts';
import { recorded } from '../../../support/inspect.ts';

const container = (parts: object) => () => parseContainerInspect({ Id: 'c', ...parts }, 'inspect of c');

describe('bodies of the engine', () => {
  it('are taken as they are, unknown members and nulls too', () => {
    const { container: body } = recorded('plain');
    expect(parseContainerInspect(body, 'p')).toBe(body);
    expect(container({ HostConfig: null, Mounts: null, Config: { Entrypoint: 'sh' }, Novelty: 1 })()).toBeDefined();
    expect(container({ Config: { Entrypoint: ['sh', '-c'] } })()).toBeDefined();
  });

  it.each([
    [{ HostConfig: { CapAdd: 'ALL' } }, 'HostConfig.CapAdd is a string, not a list'],
    [{ HostConfig: { CapAdd: [1] } }, 'HostConfig.CapAdd[0] is a number, not a string'],
    [{ HostConfig: { Mounts: [null] } }, 'HostConfig.Mounts[0] is null'],
    [{ HostConfig: { Privileged: 'true' } }, 'HostConfig.Privileged is a string, not a boolean'],
    [{ HostConfig: { PortBindings: { '80/tcp': {} } } }, 'HostConfig.PortBindings.80/tcp is an object, not a list'],
    [{ Config: [] }, 'Config is a list, not an object'],
    [{ Config: { Labels: { a: {} } } }, 'Config.Labels.a is an object, not a string'],
    [{ State: { Pid: '7' } }, 'State.Pid is a string, not a number'],
    [{ Mounts: [{ RW: 1 }] }, 'Mounts[0].RW is a number, not a boolean'],
    [{ Id: '' }, 'Id is missing'],
    [{ Id: 7 }, 'Id is missing'],
  ])('of a wrong shape name the member: %j', (parts, message) => {
    expect(container(parts)).toThrow(message);
  });

  it('name the place and are a MalformedError', () => {
    const parse = () => parseVolumeInspect({ Options: { device: 1 } }, 'inspect of volume v');
    expect(parse).toThrow(MalformedError);
    try {
      parse();
    } catch (error) {
      expect(error).toMatchObject({
        place: 'inspect of volume v',
        message: 'Options.device is a number, not a string',
      });
    }
  });

  it('that are no objects are none', () => {
    expect(() => parseContainerInspect([], 'p')).toThrow('the answer is a list, not an object');
    expect(() => parseContainerInspect(null, 'p')).toThrow('Id is missing');
    expect(() => parseExecInspect('gone', 'p')).toThrow('the answer is a string, not an object');
    expect(() => parseExecInspect({ ProcessConfig: { arguments: 'a b' } }, 'p')).toThrow('ProcessConfig.arguments');
    expect(() => parseImageInspect({ Config: { Env: {} } }, 'p')).toThrow('Config.Env is an object, not a list');
  });
});
