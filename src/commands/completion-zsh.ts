import type { CommandDescription } from './command.ts';
import { type Flag, dashed, offeredValues, summary } from '../options/flag.ts';

/** For zsh's completion system (`compinit`). */
export function zshCompletion(commands: readonly CommandDescription[]): string {
  const described = commands.map(
    ({ name, summary: about }) => `    ${quote(`${name}:${about.replaceAll(':', '\\:')}`)}`,
  );
  return `#compdef vke-autoscaler
_vke_autoscaler() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  local command=run
  if ((CURRENT == 2)) && [[ \${words[2]} != -* ]]; then
    _describe -t commands command commands
    return
  fi
  if ((CURRENT > 2)) && [[ \${words[2]} != -* ]]; then
    command=\${words[2]}
    shift words
    ((CURRENT--))
  fi
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}

if [[ $funcstack[1] == _vke-autoscaler ]]; then
  _vke_autoscaler "$@"
else
  compdef _vke_autoscaler vke-autoscaler
fi
`;
}

function commandCase(command: CommandDescription): string {
  const specs = [
    ...command.families.flatMap((family) => family.flags).map(flagSpec),
    ...command.positionals.map(({ name, choices }, index) => {
      const action = choices === undefined ? '_files' : `(${choices.join(' ')})`;
      return `${index + 1}:${name}:${action}`;
    }),
    '--help[Show help.]',
  ];
  const lines = specs.map((spec) => `        ${quote(spec)}`);
  return `    ${command.name})\n      _arguments \\\n${lines.join(' \\\n')}\n      ;;`;
}

/** In _arguments' words: \`--name=[help]:value:action\`; a star before what may be repeated. */
function flagSpec(flag: Flag): string {
  const star = flag.type === 'repeated' || flag.type === 'csv' ? '*' : '';
  // '=-': the value only after an equals sign, as pflag wants it for switches.
  const equals = flag.type === 'bool' ? '=-' : '=';
  const choices = offeredValues(flag);
  const action = choices === undefined ? (flag.valueName === 'FILE' ? '_files' : ' ') : `(${choices.join(' ')})`;
  const optional = flag.type === 'bool' ? '::' : ':';
  return `${star}${dashed(flag.name)}${equals}[${escaped(summary(flag))}]${optional}${flag.type}:${action}`;
}

function escaped(text: string): string {
  return text.replace(/[\\\]:[]/g, (character) => `\\${character}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
