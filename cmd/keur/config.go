package main

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// configCommand prints the settings in force in the form of the file, so that
// the output is a start for one.
type configCommand struct{}

// Run prints one setting a line, with its name in the environment behind: those
// of every command, and those of serve, read as serve would read them.
func (configCommand) Run(command *kong.Context, to console) error {
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
	return nil
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
		value = masked(flag.Target.String())
	}
	switch v := value.(type) {
	case bool, int, int64, float64:
		return fmt.Sprint(v)
	case []string:
		quoted := make([]string, len(v))
		for i, text := range v {
			quoted[i] = strconv.Quote(withoutCredentials(text))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case map[string]string:
		v = maps.Clone(v)
		var pairs []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if telling.MatchString(name) {
				v[name] = hidden
			}
			pairs = append(pairs, name+"="+withoutCredentials(v[name]))
		}
		return strconv.Quote(strings.Join(pairs, ";"))
	default:
		return strconv.Quote(withoutCredentials(fmt.Sprint(v)))
	}
}

// hidden stands where a secret is.
const hidden = "xxxxx"

// plainParameters are what a database's URL may say that is no secret; whatever
// else stands in its query is hidden.
var plainParameters = []string{
	"application_name", "binary_parameters", "client_encoding", "connect_timeout", "datestyle", "dbname", "fallback_application_name",
	"gssencmode", "host", "hostaddr", "keepalives", "options", "port", "search_path", "sslcert", "sslmode", "sslrootcert", "sslsni",
	"statement_timeout", "target_session_attrs", "timezone", "user",
}

// masked hides a secret, or what is secret within a URL. An empty one is shown
// as such, because whether it is set is what people look for.
func masked(secret string) string {
	if secret == "" {
		return ""
	}
	if u, err := url.Parse(secret); err == nil && u.Host != "" {
		return maskedURL(u)
	}
	return hidden
}

// maskedURL returns a URL without its password, and without what may be a part
// of one: a password with a slash, a question mark or a hash of its own ends up
// behind the host.
func maskedURL(u *url.URL) string {
	if strings.ContainsAny(u.Path+u.RawQuery+u.Fragment, "@") || u.Fragment != "" {
		return hidden
	}
	shown := *u
	query := url.Values{}
	for name, values := range u.Query() {
		if !slices.Contains(plainParameters, strings.ToLower(name)) {
			values = []string{hidden}
		}
		query[name] = values
	}
	shown.RawQuery = query.Encode()
	if u.User != nil {
		if _, has := u.User.Password(); has {
			shown.User = url.UserPassword(u.User.Username(), hidden)
		}
	}
	return shown.String()
}

// withoutCredentials hides what a setting that is no secret by itself may hold
// nonetheless: a URL with the name and password of someone.
func withoutCredentials(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.User == nil {
		return value
	}
	return maskedURL(u)
}

// telling matches names of settings of which the value is a secret.
var telling = regexp.MustCompile(`(?i)passw|passphrase|secret|token|conninfo`)
