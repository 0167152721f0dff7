package main

import (
	"bytes"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
)

func TestSettingsAreShownAsTOML(t *testing.T) {
	t.Parallel()
	var given struct {
		Name   string   `env:"T_NAME"`
		Count  int      `env:"T_COUNT"`
		On     bool     `env:"T_ON"`
		Places []string `env:"T_PLACES"`
		Key    string   `env:"T_KEY" secret:""`
		Once   bool     // not a setting, but a flag of one command
	}
	parser, err := kong.New(&given)
	if err != nil {
		t.Fatal(err)
	}
	command, err := parser.Parse([]string{"--name=Jan \"de\" Boer", "--count=7", "--on", "--places=a", "--places=b", "--key=hush", "--once"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (configCommand{}).Run(command, console{out: &out}); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Name, Key string
		Count     int
		On        bool
		Places    []string
	}
	if err := toml.NewDecoder(&out).DisallowUnknownFields().Decode(&read); err != nil {
		t.Fatal(err)
	}
	if read.Name != given.Name || read.Count != 7 || !read.On || len(read.Places) != 2 || read.Key != "xxxxx" {
		t.Errorf("%+v", read)
	}
}
