// Package redact shows settings to people without the secrets in them.
package redact

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Hidden stands where a secret is.
const Hidden = "xxxxx"

// plainParameters are what a database's URL may say that is no secret; whatever
// else stands in its query is hidden.
var plainParameters = []string{
	"application_name", "binary_parameters", "client_encoding", "connect_timeout", "datestyle", "dbname", "fallback_application_name",
	"gssencmode", "host", "hostaddr", "keepalives", "options", "port", "search_path", "sslcert", "sslmode", "sslrootcert", "sslsni",
	"statement_timeout", "target_session_attrs", "timezone", "user",
}

// Secret hides a secret, or what is secret within a URL. An empty one is shown
// as such, because whether it is set is what people look for.
func Secret(secret string) string {
	if secret == "" {
		return ""
	}
	if u, err := url.Parse(secret); err == nil && u.Host != "" {
		return maskedURL(u)
	}
	return Hidden
}

// maskedURL returns a URL without its password, and without what may be a part
// of one: a password with a slash, a question mark or a hash of its own ends up
// behind the host.
func maskedURL(u *url.URL) string {
	if strings.ContainsAny(u.Path+u.RawQuery+u.Fragment, "@") || u.Fragment != "" {
		return Hidden
	}
	shown := *u
	query := url.Values{}
	for name, values := range u.Query() {
		if !slices.Contains(plainParameters, strings.ToLower(name)) {
			values = []string{Hidden}
		}
		query[name] = values
	}
	shown.RawQuery = query.Encode()
	if u.User != nil {
		if _, has := u.User.Password(); has {
			shown.User = url.UserPassword(u.User.Username(), Hidden)
		}
	}
	return shown.String()
}

// Credentials hides what a setting that is no secret by itself may hold
// nonetheless: a URL with the name and password of someone.
func Credentials(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.User == nil {
		return value
	}
	return maskedURL(u)
}

// telling matches names of settings of which the value is a secret.
var telling = regexp.MustCompile(`(?i)passw|passphrase|secret|token|conninfo`)

// IsSecret reports whether a setting of that name holds a secret.
func IsSecret(name string) bool { return telling.MatchString(name) }
