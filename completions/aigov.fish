# Completion of aigov for fish. Asks the program, so that new verbs and names change nothing here.
#   aigov completions fish > ~/.config/fish/completions/aigov.fish

function __aigov_complete
    set -l before (commandline -opc)
    set -e before[1]
    set -l word (commandline -ct)
    set -l lines (AIGOV_COMPLETE=1 command aigov $before "$word" 2>/dev/null)
    if test "$lines" = :files
        set -l option (string match -r -- '^--[^=]*=' "$word")
        set -l path (string replace -r -- '^--[^=]*=' '' "$word")
        for file in (__fish_complete_path "$path")
            echo -- "$option$file"
        end
        return
    end
    printf '%s\n' $lines
end

complete -c aigov -e
complete -c aigov -f -k -a '(__aigov_complete)'
