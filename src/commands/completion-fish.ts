import type { CommandDescription } from './command.ts';
import { type Flag, offeredValues, summary } from '../options/flag.ts';

/** For fish 3 and later. */
export function fishCompletion(commands: readonly CommandDescription[]): string {
  const names = commands.map((command) => command.name).join(' ');
  const lines = commands.flatMap((command) => [
    `complete -c vke-autoscaler -n '__vke_autoscaler_needs_command' -a ${command.name} -d ${quote(command.summary)}`,
    ...command.positionals.flatMap(({ choices = [] }) => choices.map((choice) => `${prefix(command)} -a ${choice}`)),
    ...command.families
      .flatMap((family) => family.flags)
      .map((flag) => `${prefix(command)} ${flagOptions(flag)} -d ${quote(summary(flag))}`),
  ]);
  return `# fish completion for vke-autoscaler
function __vke_autoscaler_needs_command
  test (count (commandline -opc)) -eq 1
end

# The command on the line; without one it is run.
function __vke_autoscaler_command
  set -l words (commandline -opc)
  if set -q words[2]; and contains -- $words[2] ${names}
    test $words[2] = $argv[1]
  else
    test $argv[1] = run
  end
end

complete -c vke-autoscaler -f
complete -c vke-autoscaler -l help -s h -d 'Show help.'
${lines.join('\n')}
`;
}

function prefix(command: CommandDescription): string {
  return `complete -c vke-autoscaler -n '__vke_autoscaler_command ${command.name}'`;
}

function flagOptions(flag: Flag): string {
  const name = flag.name.length === 1 ? `-s ${flag.name}` : `-l ${flag.name}`;
  if (flag.type === 'bool') return name;
  const choices = offeredValues(flag);
  if (choices !== undefined) return `${name} -x -a ${quote(choices.join(' '))}`;
  return flag.valueName === 'FILE' ? `${name} -r -F` : `${name} -x`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
