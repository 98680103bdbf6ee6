import { type Command, EXIT, defineCommand, usageFailure } from './command.ts';
import { commandHelp, flagHelp, programHelp } from './help-text.ts';
import { nearestName } from '../runtime/nearest.ts';
import { normalizedName } from '../options/pflag.ts';

/** `help`, `help COMMAND`, `help FLAG`. `commands` is asked when needed, so that it may include this one. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: 'help',
    summary: 'Show the commands, the flags of a command, or what a flag does.',
    families: [],
    positionals: [{ name: 'TOPIC', help: 'A command, or a flag without its dashes.', required: false }],
    run({ streams, positionals }) {
      const columns = streams.stdout.columns();
      const topic = positionals[0];
      const text = topic === undefined ? programHelp(commands(), columns) : topicHelp(commands(), topic, columns);
      if (text === undefined) return Promise.resolve(usageFailure(streams, [unknownTopic(commands(), topic ?? '')]));
      streams.stdout.write(text);
      return Promise.resolve(EXIT.success);
    },
  });
}

function topicHelp(commands: readonly Command[], topic: string, columns: number): string | undefined {
  const command = commands.find(({ name }) => name === topic);
  if (command !== undefined) return commandHelp(command, columns);
  const name = normalizedName(topic);
  const flag = commands.flatMap(allFlags).find((candidate) => candidate.name === name);
  return flag === undefined ? undefined : `${flagHelp(flag, columns).join('\n')}\n`;
}

function unknownTopic(commands: readonly Command[], topic: string) {
  const names = commands.flatMap((command) => [command.name, ...allFlags(command).map((flag) => flag.name)]);
  const nearest = nearestName(topic, names);
  const advice = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return {
    kind: 'bad-argument',
    flag: '',
    message: `there is no command or flag ${JSON.stringify(topic)}${advice}`,
  } as const;
}

function allFlags(command: Command) {
  return command.families.flatMap((family) => family.flags);
}
