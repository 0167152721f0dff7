# What keur completes in fish.
function __keur_words
  set -l at ""
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
{{- range .}}{{if .Path}}
      case "{{.Path}}"
        set at "{{.Path}}"
{{- end}}{{end}}
    end
  end
  switch "$at"
{{- range .}}
    case "{{.Path}}"
{{- range .Words}}
      printf '%s\t%s\n' {{quoted .Name}} {{quoted .Help}}
{{- end}}
{{- end}}
  end
end
complete -c keur -a "(__keur_words)"
