package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

func TestSettingsAreShownAsTOML(t *testing.T) {
	t.Parallel()
	var given struct {
		Name   string            `env:"T_NAME"`
		Count  int               `env:"T_COUNT"`
		On     bool              `env:"T_ON"`
		Places []string          `env:"T_PLACES"`
		Key    string            `env:"T_KEY" secret:""`
		Server map[string]string `env:"T_SERVER"`
		Once   bool              // not a setting, but a flag of one command
	}
	parser, err := kong.New(&given)
	if err != nil {
		t.Fatal(err)
	}
	command, err := parser.Parse([]string{"--name=Jan \"de\" Boer", "--count=7", "--on",
		"--places=a", "--places=b", "--key=hush", "--server=work_mem=64MB;ssl_passphrase_command=geheim",
		"--once"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (configCommand{}).Run(command, console{out: &out}); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Name, Key string
		Server    string
		Count     int
		On        bool
		Places    []string
	}
	if err := toml.NewDecoder(&out).DisallowUnknownFields().Decode(&read); err != nil {
		t.Fatal(err)
	}
	if read.Name != given.Name || read.Count != 7 || !read.On || len(read.Places) != 2 || read.Key != "xxxxx" ||
		read.Server != "ssl_passphrase_command=xxxxx;work_mem=64MB" {
		t.Errorf("%+v", read)
	}
}

func TestConfigShowsWhatServeWouldDo(t *testing.T) {
	t.Parallel()
	var out, trouble bytes.Buffer
	file := filepath.Join(t.TempDir(), "keur.toml")
	if err := os.WriteFile(file, []byte("public-address = \"10.0.0.1:80\"\nlog-level = \"debug\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := run(t.Context(), []string{"--config", file, "config"}, nil, &out, &trouble); status != exitDone {
		t.Fatalf("status %d: %s", status, &trouble)
	}
	for _, want := range []string{`public-address = "10.0.0.1:80"`, `log-level = "DEBUG"`, `mailin-address = "127.0.0.1:2525"`, "# KEUR_RETENTION_MONTHS"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing:\n%s", want, &out)
		}
	}
}

func TestSecretsInURLsAreMasked(t *testing.T) {
	t.Parallel()
	for secret, want := range map[string]string{
		"": "", "geheim": hidden, "host=db password=geheim": hidden,
		"postgres://keur@db/keur":                                 "postgres://keur@db/keur",
		"postgres://keur:geheim@db:5432/keur?sslmode=verify-full": "postgres://keur:xxxxx@db:5432/keur?sslmode=verify-full",
		"postgres://db/keur?password=geheim&user=keur":            "postgres://db/keur?password=xxxxx&user=keur",
		"postgres://db/keur?PassWord=geheim":                      "postgres://db/keur?PassWord=xxxxx",
		"postgres://db/keur?sslpassword=geheim&sslkey=geheim":     "postgres://db/keur?sslkey=xxxxx&sslpassword=xxxxx",
		"postgres://db/keur?passfile=/geheim&token=geheim":        "postgres://db/keur?passfile=xxxxx&token=xxxxx",
		"postgres://db/keur?password=geheim&password=geheim":      "postgres://db/keur?password=xxxxx",
		"postgres://db/keur?a;password=geheim&sslmode=disable":    "postgres://db/keur?sslmode=disable",
		"postgres://keur:12/geheim@db/keur":                       hidden,
		"postgres://keur:12?geheim@db/keur":                       hidden,
		"postgres://keur:12#geheim":                               hidden,
		"postgres://keur:ge/heim@db/keur":                         hidden,
		"postgres://keur:ge%40heim@db/keur":                       "postgres://keur:xxxxx@db/keur",
	} {
		if got := masked(secret); got != want {
			t.Errorf("%s is shown as %s, not as %s", secret, got, want)
		}
	}
	for value, want := range map[string]string{
		"https://keur.shop.nl": "https://keur.shop.nl", "127.0.0.1:8080": "127.0.0.1:8080", "a@b": "a@b",
		"https://anna:geheim@keur.shop.nl": "https://anna:xxxxx@keur.shop.nl",
	} {
		if got := withoutCredentials(value); got != want {
			t.Errorf("%s is shown as %s", value, got)
		}
	}
}
