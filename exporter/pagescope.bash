# Completion of pagescope for bash:  . exporter/pagescope.bash
_pagescope() {
	local commands="export clean check info show translate diff metadata dump"
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd=${COMP_WORDS[1]}
	local head=

	COMPREPLY=()
	# --format=html is three words to bash
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "$commands --help --version" -- "$cur"))
		return
	fi
	case "$prev" in
	-f | --format)
		case "$cmd" in
		metadata) COMPREPLY=($(compgen -W "tsdl schema markdown" -- "$cur")) ;;
		*) COMPREPLY=($(compgen -W "jsonl events html perfetto ctf" -- "$cur")) ;;
		esac
		return ;;
	-e | --event)
		case "$cur" in *,*) head=${cur%,*}, ;; esac
		COMPREPLY=($(compgen -P "$head" -W "$("${COMP_WORDS[0]}" metadata 2>/dev/null |
			sed -n 's/^\tname = "\(.*\)";$/\1/p')" -- "${cur##*,}"))
		return ;;
	show)
		COMPREPLY=($(compgen -W "buddyinfo zoneinfo vmallocinfo layout pagetables extfrag leaks slabinfo" -- "$cur"))
		return ;;
	--from | --to | --at | --at-event | --session | --max | --pgd)
		return ;;
	esac
	case "$cur" in
	-*) COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "$cmd" --help 2>/dev/null |
		grep -o -- '--[a-z-]*' | sort -u)" -- "$cur")) ;;
	*) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}
complete -o filenames -F _pagescope pagescope build/pagescope ./pagescope
