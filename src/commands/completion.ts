import { type Command, EXIT, defineCommand } from './command.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { zshCompletion } from './completion-zsh.ts';

const SHELLS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const;

/** `completion SHELL`: prints a script that completes commands, flags and the values that are known. */
export function completionCommand(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: 'completion',
    summary: 'Print a script that lets your shell complete commands and flags.',
    description:
      'For bash: source <(vke-autoscaler completion bash). For zsh: put the output into a file _vke-autoscaler of your fpath. For fish: put it into ~/.config/fish/completions/vke-autoscaler.fish.',
    families: [],
    positionals: [{ name: 'SHELL', help: 'bash, zsh or fish.', required: true, choices: ['bash', 'zsh', 'fish'] }],
    run({ positionals, streams }) {
      const shell = positionals[0];
      const script = shell === 'zsh' || shell === 'fish' ? SHELLS[shell] : SHELLS.bash;
      streams.stdout.write(script(commands()));
      return Promise.resolve(EXIT.success);
    },
  });
}
