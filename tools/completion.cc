#include <string>

#include "tools/command.h"
#include "tools/console.h"
#include "tools/jar_words.h"
#include "tools/jobs/session.h"

namespace mrd::tools {
namespace {

std::string CommandNames() {
  std::string names;
  for (const Command* command : Commands()) {
    if (command->summary != nullptr) names += (names.empty() ? "" : " ") + std::string(command->name);
  }
  return names;
}

std::string JarOptionWords() {
  std::string names;
  for (const std::string& name : JarOptionNames()) names += (names.empty() ? "" : " ") + name;
  return names;
}

std::string JobOptionWords() {
  std::string names;
  for (const std::string& name : jobs::JobOptionNames()) names += (names.empty() ? "" : " ") + name;
  return names;
}

// The shell asks for the examples when it completes, not when the script is made, so a moved installation stays right.
std::string BashScript() {
  return "# bash completion for mr. Load it with: source <(mr completion bash)\n"
         "_mr() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} examples\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
         "    COMPREPLY=($(compgen -W \"" + CommandNames() + "\" -- \"$word\")); return\n"
         "  fi\n"
         "  case ${COMP_WORDS[1]} in\n"
         "    help) COMPREPLY=($(compgen -W \"" + CommandNames() + "\" -- \"$word\")) ;;\n"
         "    completion) COMPREPLY=($(compgen -W 'bash zsh' -- \"$word\")) ;;\n"
         "    diff) COMPREPLY=($(compgen -W '--bytes' -- \"$word\") $(compgen -d -- \"$word\")) ;;\n"
         "    compile) COMPREPLY=($(compgen -W '-o --' -- \"$word\") $(compgen -f -X '!*.cc' -- \"$word\")"
         " $(compgen -d -- \"$word\")) ;;\n"
         "    job) COMPREPLY=($(compgen -W '" + JobOptionWords() + "' -- \"$word\")) ;;\n"
         "    queue) COMPREPLY=($(compgen -W '-list -info -showJobs -showacls' -- \"$word\")) ;;\n"
         "    logs) COMPREPLY=($(compgen -W '-f' -- \"$word\")) ;;\n"
         "    up) COMPREPLY=($(compgen -W '-n --no-mapred --mapred --name --conf -D' -- \"$word\")) ;;\n"
         "    jar)\n"
         "      case $before in\n"
         "        -conf|--report) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n"
         "        --config) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n"
         "        -jt) COMPREPLY=($(compgen -W 'local' -- \"$word\")); return ;;\n"
         "      esac\n"
         "      if [ \"${word:0:1}\" = - ]; then\n"
         "        COMPREPLY=($(compgen -W '" + JarOptionWords() + "' -- \"$word\"))\n"
         "      elif [ \"$COMP_CWORD\" = 2 ]; then\n"
         "        examples=$(cd \"$(dirname \"$(command -v mr)\")/../lib/mr/examples\" 2>/dev/null && ls)\n"
         "        COMPREPLY=($(compgen -W \"$examples\" -- \"$word\") $(compgen -f -X '!*.so' -- \"$word\")"
         " $(compgen -d -- \"$word\"))\n"
         "      else\n"
         "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "      fi ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _mr mr\n";
}

std::string ZshScript() {
  return "#compdef mr\n"
         "# zsh completion for mr. Load it with: source <(mr completion zsh)\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         BashScript();
}

int Run(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "bash") {
    WriteAll(kStdout, BashScript());
    return kExitOk;
  }
  if (words.size() == 1 && words[0] == "zsh") {
    WriteAll(kStdout, ZshScript());
    return kExitOk;
  }
  return UsageError(kCompletionCommand, "name the shell: bash or zsh");
}

}  // namespace

const Command kCompletionCommand = {
    "completion",
    "bash|zsh",
    "Prints a script that completes these commands in a shell.",
    "Load it with `source <(mr completion bash)`, or write it to a file that your shell reads at start.\n",
    Run,
};

}  // namespace mrd::tools
