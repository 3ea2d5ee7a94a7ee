# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_aigov_global_optspecs
    string join \n C= sandbox json h/help V/version
end

function __fish_aigov_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_aigov_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_aigov_using_subcommand
    set -l cmd (__fish_aigov_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c aigov -n "__fish_aigov_needs_command" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_needs_command" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_needs_command" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_needs_command" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_needs_command" -s V -l version -d 'Print version'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "stop" -d 'Stop automations at once: no runbook, no approval; proven by a read-back'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "run" -d 'Run a runbook: contain first, then ask'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "plan" -d 'Show every request that a run would send, and send none'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "resume" -d 'Go on with a run that was left'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "approve" -d 'See what a gate asks for, and say yes to exactly that'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "deny" -d 'See what a gate asks for, and say no'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "amend" -d 'See what a gate asks for, and propose other text'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "status" -d 'Show what is open and what waits for whom'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "log" -d 'List the runs, or the events of one'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "show" -d 'Tell the whole story of a run'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "verify" -d 'Check the record: chain, order, pages, missing runs'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "brief" -d 'Five lines to paste into the bridge'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "note" -d 'Put a note on a run\'s record'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "answer" -d 'Answer a fact of a run, or revise it'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "revise" -d 'Answer a fact of a run, or revise it'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "severity" -d 'Raise or lower the severity of a run'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "stand-down" -d 'Ask to stand down from a false alarm'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "abandon" -d 'End a run; autonomy stays low'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "explore" -d 'Walk every path of a runbook and say what was covered'
complete -c aigov -n "__fish_aigov_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l class -d 'Every automation of this risk band: low, medium, high or critical' -r
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l env -d 'Only in this environment; without it, in every one marked as production' -r
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l control -d 'These controls instead of those that [stop] names' -r
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l reason -d 'Why; it stands in the record' -r
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand stop" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l all -d 'Every automation'
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l wider -d 'The wider controls of [stop] too'
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand stop" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand stop" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand run" -l automation -d 'The automation, when the runbook fits several' -r
complete -c aigov -n "__fish_aigov_using_subcommand run" -l env -d 'The environment, when there are several' -r
complete -c aigov -n "__fish_aigov_using_subcommand run" -l answers -d 'A TOML file that answers facts and confirms the proposed severity or a graver one' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand run" -l continues -d 'Go on under another class where this run is: what is contained is probed, not repeated' -r
complete -c aigov -n "__fish_aigov_using_subcommand run" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand run" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand run" -l dry-run -d 'The same as `aigov plan`: sends nothing'
complete -c aigov -n "__fish_aigov_using_subcommand run" -l new -d 'Do not offer to join runs that are open on the same automation'
complete -c aigov -n "__fish_aigov_using_subcommand run" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand run" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand run" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand plan" -l automation -d 'The automation, when the runbook fits several' -r
complete -c aigov -n "__fish_aigov_using_subcommand plan" -l env -d 'The environment, when there are several' -r
complete -c aigov -n "__fish_aigov_using_subcommand plan" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand plan" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand plan" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand plan" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand resume" -l reason -d 'Why it is taken over' -r
complete -c aigov -n "__fish_aigov_using_subcommand resume" -l answers -d 'A TOML file that answers facts and confirms the proposed severity or a graver one' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand resume" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand resume" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand resume" -l take-over -d 'Take it from a holder on another machine'
complete -c aigov -n "__fish_aigov_using_subcommand resume" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand resume" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand resume" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand approve" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand approve" -l reason -d 'Why' -r
complete -c aigov -n "__fish_aigov_using_subcommand approve" -l code -d 'The first six characters of the digest of what was shown, instead of typing them when asked' -r
complete -c aigov -n "__fish_aigov_using_subcommand approve" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand approve" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand approve" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand approve" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand deny" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand deny" -l reason -d 'Why' -r
complete -c aigov -n "__fish_aigov_using_subcommand deny" -l code -d 'The first six characters of the digest of what was shown, instead of typing them when asked' -r
complete -c aigov -n "__fish_aigov_using_subcommand deny" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand deny" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand deny" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand deny" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand amend" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand amend" -l reason -d 'Why' -r
complete -c aigov -n "__fish_aigov_using_subcommand amend" -l code -d 'The first six characters of the digest of what was shown, instead of typing them when asked' -r
complete -c aigov -n "__fish_aigov_using_subcommand amend" -l text-file -d 'A file with the text as its readers are to see it' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand amend" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand amend" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand amend" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand amend" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand status" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand status" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand status" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand status" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand log" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand log" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand log" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand log" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand show" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand show" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand show" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand show" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand verify" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand verify" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand verify" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand verify" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand brief" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand brief" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand brief" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand brief" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand note" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand note" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand note" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand note" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand note" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand answer" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand answer" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand answer" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand answer" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand answer" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand revise" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand revise" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand revise" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand revise" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand revise" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand severity" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand severity" -l reason -d 'Why; it stands in the record' -r
complete -c aigov -n "__fish_aigov_using_subcommand severity" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand severity" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand severity" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand severity" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand stand-down" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand stand-down" -l reason -d 'Why; it stands in the record' -r
complete -c aigov -n "__fish_aigov_using_subcommand stand-down" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand stand-down" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand stand-down" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand stand-down" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand abandon" -l as -d 'Who you are, in the sandbox or a demonstration' -r
complete -c aigov -n "__fish_aigov_using_subcommand abandon" -l reason -d 'Why; it stands in the record' -r
complete -c aigov -n "__fish_aigov_using_subcommand abandon" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand abandon" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand abandon" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand abandon" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand explore" -l automation -d 'The automation, when the runbook fits several' -r
complete -c aigov -n "__fish_aigov_using_subcommand explore" -l env -d 'The environment, when there are several' -r
complete -c aigov -n "__fish_aigov_using_subcommand explore" -l faults -d 'How many outward calls may go wrong on one path' -r
complete -c aigov -n "__fish_aigov_using_subcommand explore" -l states -d 'How many states to look at before stopping' -r
complete -c aigov -n "__fish_aigov_using_subcommand explore" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand explore" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand explore" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand explore" -s h -l help -d 'Print help'
complete -c aigov -n "__fish_aigov_using_subcommand completions" -s C -d 'The workspace: the folder that holds aigov.toml' -r -F
complete -c aigov -n "__fish_aigov_using_subcommand completions" -l sandbox -d 'Use the built-in sandbox, where nothing is real'
complete -c aigov -n "__fish_aigov_using_subcommand completions" -l json -d 'Print JSON on stdout, one object per line for streams'
complete -c aigov -n "__fish_aigov_using_subcommand completions" -s h -l help -d 'Print help'
