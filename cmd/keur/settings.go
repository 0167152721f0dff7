package main

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"

	"github.com/alecthomas/kong"

	"keur/internal/trace/collector"
)

// Settings are what all commands share. A setting is given as a flag, as
// KEUR_… in the environment, or in the file of settings; the first one counts.
// The tag secret:"" masks it wherever settings are shown.
type Settings struct {
	Config settingsFile `help:"File of settings (TOML)." default:"keur.toml" env:"KEUR_CONFIG" placeholder:"FILE"`

	DatabaseURL      string            `name:"database-url" help:"PostgreSQL, as a role that owns nothing. Without it keur keeps a server of its own in the data folder." env:"KEUR_DATABASE_URL" placeholder:"URL" secret:""`
	ReplicaURL       string            `name:"replica-url" help:"A standby of the base, as the same login, at which the desk reads reports." env:"KEUR_REPLICA_URL" placeholder:"URL" secret:""`
	OwnerDatabaseURL string            `name:"owner-database-url" help:"The same base as its owner, for keur migrate only." env:"KEUR_OWNER_DATABASE_URL" placeholder:"URL" secret:""`
	Connections      int               `help:"Most connections to PostgreSQL." default:"20" env:"KEUR_CONNECTIONS"`
	DataDir          string            `help:"Folder for what keur keeps itself." default:".keur" env:"KEUR_DATA_DIR" placeholder:"DIR"`
	PostgresSettings map[string]string `help:"Settings of keur's own server, such as shared_buffers=2GB;work_mem=64MB." env:"KEUR_POSTGRES_SETTINGS" placeholder:"NAME=VALUE;…"`
	Secret           string            `help:"Key that seals passwords and tokens. Without it keur makes one in the data folder, if it keeps its own server." env:"KEUR_SECRET" secret:""`

	Webhooks map[string]string `help:"Services that may post bounces and complaints, with what their posts are proven by: ses=ARN;sendgrid=KEY;mailgun=KEY;postmark=;kumomta=;generic=." env:"KEUR_WEBHOOKS" placeholder:"SERVICE=KEY;…" secret:""`

	Resolvers      []string `help:"Resolvers of DNS that direct routes ask, by address; without any those of this machine." env:"KEUR_RESOLVERS" placeholder:"ADDRESS"`
	LocalReceivers bool     `help:"Let direct routes bring mail to servers in private networks too, for receivers of your own." env:"KEUR_LOCAL_RECEIVERS"`

	Trace collector.Config `embed:"" prefix:"trace-"`

	LogLevel  slog.Level `help:"Least level that is logged: debug, info, warn or error." default:"info" env:"KEUR_LOG_LEVEL"`
	LogFormat string     `help:"Form of the log: text or json." enum:"text,json" default:"text" env:"KEUR_LOG_FORMAT"`

	terminal io.Writer // what somebody at this machine has to know, whatever is logged
}

// Validate returns a fault if settings make no sense; kong calls it.
func (s Settings) Validate() error {
	if s.Connections < 1 {
		return fmt.Errorf("connections must be at least 1, not %d", s.Connections)
	}
	return nil
}

// readLevel reads a level of the log; kong calls it.
func readLevel(given *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := given.Scan.PopValueInto("level", &text); err != nil {
		return err
	}
	var level slog.Level
	if level.UnmarshalText([]byte(text)) != nil {
		return fmt.Errorf("must be debug, info, warn or error, not %q", text)
	}
	target.Set(reflect.ValueOf(level))
	return nil
}

// tell writes a line to whoever sits at this machine.
func (s *Settings) tell(format string, args ...any) {
	if s.terminal != nil {
		fmt.Fprintf(s.terminal, format, args...)
	}
}

// logger returns the log that the settings ask for.
func (s Settings) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.LogLevel}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
