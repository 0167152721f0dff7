package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"keur/internal/postgres"
	"keur/internal/redact"
)

// configCommand prints the settings in force in the form of the file, so that
// the output is a start for one.
type configCommand struct{}

// Run prints one setting a line, with its name in the environment behind: those
// of every command, and those of serve, read as serve would read them. Then it says
// how PostgreSQL would be started here, where Keur keeps a server of its own.
func (configCommand) Run(command *kong.Context, settings *Settings, to console) error {
	command, err := command.Kong.Parse(asServe(command.Args))
	if err != nil {
		return err
	}
	for _, flag := range command.Flags() {
		if len(flag.Envs) == 0 || flag.Name == "config" {
			continue
		}
		if _, err := fmt.Fprintf(to.out, "%-60s # %s\n", flag.Name+" = "+shown(flag), flag.Envs[0]); err != nil {
			return err
		}
	}
	if settings.DatabaseURL != "" {
		return nil
	}
	folder, err := filepath.Abs(settings.DataDir)
	if err != nil {
		return err
	}
	return postgres.Explain(to.out, postgres.ThisMachine(folder), settings.PostgresSettings)
}

// asServe returns the command line with serve in the place of config, which is
// the first such word that isn't a flag's value.
func asServe(args []string) []string {
	args = slices.Clone(args)
	for i, word := range args {
		if word == "config" && (i == 0 || !strings.HasPrefix(args[i-1], "-") || strings.Contains(args[i-1], "=")) {
			args[i] = "serve"
			break
		}
	}
	return args
}

// shown returns a setting's value as TOML, or a mask for a secret.
func shown(flag *kong.Flag) string {
	value := flag.Target.Interface()
	if flag.Tag.Has("secret") {
		value = redact.Secret(flag.Target.String())
	}
	switch v := value.(type) {
	case bool, int, int64, float64:
		return fmt.Sprint(v)
	case []string:
		quoted := make([]string, len(v))
		for i, text := range v {
			quoted[i] = strconv.Quote(redact.Credentials(text))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case map[string]string:
		v = maps.Clone(v)
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if redact.IsSecret(name) {
				v[name] = redact.Hidden
			}
			pairs = append(pairs, name+"="+redact.Credentials(v[name]))
		}
		return strconv.Quote(strings.Join(pairs, ";"))
	default:
		return strconv.Quote(redact.Credentials(fmt.Sprint(v)))
	}
}
