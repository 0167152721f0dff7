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
	if err := (configCommand{}).Run(command, &Settings{DatabaseURL: "postgres://db/keur"}, console{out: &out}); err != nil {
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
	said := "public-address = \"10.0.0.1:80\"\nlog-level = \"debug\"\npostgres-settings = \"shared_buffers=96MB\"\n"
	if err := os.WriteFile(file, []byte(said), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := run(t.Context(), []string{"--config", file, "config"}, nil, &out, &trouble); status != exitDone {
		t.Fatalf("status %d: %s", status, &trouble)
	}
	for _, want := range []string{
		`public-address = "10.0.0.1:80"`, `log-level = "DEBUG"`, `mailin-address = "127.0.0.1:2525"`, "# KEUR_RETENTION_MONTHS",
		"#   shared_buffers = 96MB", "#   maintenance_work_mem = ", "#   jit = off",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing:\n%s", want, &out)
		}
	}
}
