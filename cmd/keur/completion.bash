# What keur completes, in bash and by bashcompinit in zsh.
_keur() {
  local at="" word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
{{- range .}}{{if .Path}}
    "{{.Path}}") at="{{.Path}}" ;;
{{- end}}{{end}}
    esac
  done
  case "$at" in
{{- range .}}
  "{{.Path}}") COMPREPLY=($(compgen -W "{{range .Words}}{{.Name}} {{end}}" -- "${COMP_WORDS[COMP_CWORD]}")) ;;
{{- end}}
  esac
}
complete -o default -F _keur keur
