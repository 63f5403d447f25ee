import JSONSyntax

/// What may stand at the end of a command line.
enum Completion {
    private static let options = [
        "--all", "--help", "--idempotency-key", "--operator", "--operator-socket", "--raw", "--root-key-file",
        "--socket", "--version",
    ]

    /// Words that complete the last one.
    ///
    /// - Parameters:
    ///   - words: The line without the program's name; the last word is the one being typed, maybe empty.
    ///   - procedures: What the daemon has.
    /// - Returns: Whole words, in alphabetical order.
    static func candidates(_ words: [String], _ procedures: Procedures) -> [String] {
        let typed = words.last ?? ""
        let before = Invocation.split(Array(words.dropLast())).rest
        if let option = words.dropLast().last, Invocation.optionsWithValue.contains(option) { return [] }
        if typed.hasPrefix("-") { return options.filter { $0.hasPrefix(typed) } }
        switch before.first {
        case nil: return (["completion", "help"] + procedures.methods).filter { $0.hasPrefix(typed) }.sorted()
        case "help": return procedures.methods.filter { $0.hasPrefix(typed) }
        case "completion": return Shell.allCases.map(\.rawValue).filter { $0.hasPrefix(typed) }
        case let method?: return parameters(procedures.procedure(method), typed)
        }
    }

    /// Names of parameters with the sign that fits their kind: `name=` for text, `limit:=` for anything else.
    private static func parameters(_ procedure: JSONValue?, _ typed: String) -> [String] {
        (procedure?["parameters"]?["properties"]?.object ?? []).map { member in
            member.value["type"]?.string == "string" ? "\(member.name)=" : "\(member.name):="
        }.filter { $0.hasPrefix(typed) }.sorted()
    }
}

/// A shell that the tool completes in.
///
/// Each script asks the tool, which asks the daemon.
enum Shell: String, CaseIterable {
    case bash
    case zsh
    case fish

    /// To be read by the shell at its start.
    var script: String {
        switch self {
        case .bash:
            """
            # Bash completion for latchkey. Put this line into ~/.bashrc:  source <(latchkey completion bash)
            _latchkey() {
                local line="${COMP_LINE:0:COMP_POINT}" word IFS=$'\\n'
                local -a words
                IFS=' ' read -r -a words <<<"$line"
                [[ $line == *' ' ]] && words+=("")
                word=${words[${#words[@]} - 1]}
                COMPREPLY=($("${words[0]}" __complete "${words[@]:1}" 2>/dev/null))
                # Bash takes = and : for the end of a word; what stands before them is there already.
                local prefix=${word%"${word##*[=:]}"}
                COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
                [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
            }
            complete -F _latchkey latchkey
            """
        case .zsh:
            """
            #compdef latchkey
            # Zsh completion for latchkey. Put this line into ~/.zshrc:  source <(latchkey completion zsh)
            _latchkey() {
                local -a candidates
                candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                compadd -Q -S '' -- $candidates
            }
            (( $+functions[compdef] )) && compdef _latchkey latchkey
            """
        case .fish:
            """
            # Fish completion for latchkey. Save as ~/.config/fish/completions/latchkey.fish
            function __latchkey_complete
                set -l words (commandline -opc) (commandline -ct)
                $words[1] __complete $words[2..-1] 2>/dev/null
            end
            complete -c latchkey -f -a '(__latchkey_complete)'
            """
        }
    }
}
