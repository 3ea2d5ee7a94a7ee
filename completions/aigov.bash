# Completion of aigov for bash. Asks the program, so that new verbs and names change nothing here.
#   aigov completions bash > ~/.local/share/bash-completion/completions/aigov

_aigov() {
    local words=() i word line joined=
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        # The word as far as the cursor.
        ((i == COMP_CWORD)) && [[ $word != '=' ]] && word=$2
        # Bash cuts `--name=value` in three; the program wants it whole.
        if ((${#words[@]})) && [[ ${COMP_WORDS[i]} == '=' || ${COMP_WORDS[i - 1]} == '=' ]]; then
            words[${#words[@]} - 1]+=$word
            joined=1
        else
            words+=("$word")
            joined=
        fi
    done
    # Quotes as typed are still there.
    words=("${words[@]//[\\\"\']/}")
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2>/dev/null
            COMPREPLY=()
            return
        fi
        word=${line%%$'\t'*}
        [[ $joined ]] && word=${word#*=}
        COMPREPLY+=("$word")
    done < <(AIGOV_COMPLETE=1 command aigov "${words[@]}" 2>/dev/null)
}

if ((BASH_VERSINFO[0] > 4 || BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] >= 4)); then
    complete -o nosort -F _aigov aigov
else
    complete -F _aigov aigov
fi
