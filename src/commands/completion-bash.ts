import type { CommandDescription } from './command.ts';
import { type Flag, dashed, offeredValues } from '../options/flag.ts';

/**
 * For bash 3.2 and later, without the bash-completion package. bash splits `--flag=value` into three words; the script
 * puts them together again.
 */
export function bashCompletion(commands: readonly CommandDescription[]): string {
  const names = commands.map((command) => command.name).join(' ');
  return `# bash completion for vke-autoscaler
_vke_autoscaler_values() {
  case "$1" in
${commands.flatMap(flagsOf).filter(unique).flatMap(valueCase).join('\n')}
  esac
}

_vke_autoscaler() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="" flag="" command=run
  ((COMP_CWORD > 0)) && previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  COMPREPLY=()
  if [[ "$current" == "=" ]]; then
    flag="$previous=" current=""
  elif [[ "$previous" == "=" ]]; then
    flag="\${COMP_WORDS[COMP_CWORD - 2]}="
  elif [[ "$previous" == -* && "$current" != -* ]]; then
    flag="$previous"
  fi
  if [[ -n "$flag" ]]; then
    _vke_autoscaler_values "$flag"
    ((\${#COMPREPLY[@]})) && return
  fi
  if ((COMP_CWORD > 1)) && [[ "\${COMP_WORDS[1]}" != -* ]]; then
    command="\${COMP_WORDS[1]}"
  elif [[ "$current" != -* && COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${names}' -- "$current"))
    return
  fi
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}

complete -o default -F _vke_autoscaler vke-autoscaler
`;
}

/** The words that may follow a command: its flags and what its positionals may be. */
function commandCase(command: CommandDescription): string {
  const words = [
    ...command.positionals.flatMap((positional) => positional.choices ?? []),
    ...flagsOf(command).map((flag) => dashed(flag.name)),
    '--help',
  ];
  return `    ${command.name}) COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$current")) ;;`;
}

/** Values are completed where they are known, and files where a file is wanted. */
function valueCase(flag: Flag): readonly string[] {
  const values = offeredValues(flag);
  const name = dashed(flag.name);
  // A switch takes no value as a word of its own.
  const pattern = flag.type === 'bool' ? `${name}=` : `${name} | ${name}=`;
  const words = values === undefined ? '-f' : `-W '${values.join(' ')}'`;
  return values === undefined && flag.valueName !== 'FILE'
    ? []
    : [`    ${pattern}) COMPREPLY=($(compgen ${words} -- "$current")) ;;`];
}

function flagsOf(command: CommandDescription): readonly Flag[] {
  return command.families.flatMap((family) => family.flags);
}

function unique(flag: Flag, index: number, all: readonly Flag[]): boolean {
  return all.findIndex((other) => other.name === flag.name) === index;
}
